// Memory tools in a chat: calls as steps with what they found, a question before something is stored, what a tool failed
// at, and the panel with every request. The provider asks for tools from a script.
import AxeBuilder from '@axe-core/playwright';
import type { Locator } from '@playwright/test';
import type { App } from '../app';
import type { ChatView } from '../chatView';
import { Gate } from '../fakes/gate';
import { expect, test } from '../test';

const LOOK = {
  call: {
    id: 'call_1',
    name: 'recall_memory',
    arguments: { query: 'what Ana eats' },
  },
};
const STORE = {
  call: {
    id: 'call_2',
    name: 'retain_memory',
    arguments: { content: 'Ana lands on Friday at 19:40.' },
  },
};

/** Begins a chat in which the model has memory tools. */
async function beginWithTools(app: App, view: ChatView, ask = false): Promise<void> {
  const id = await app.chat('Tools');
  const settings = {
    memory_tools: true,
    ask_before_storing: ask,
    preload: false,
  };
  await app.call('chat.update', { chatId: id, settings });
  await view.at(id);
}

const step = (answer: Locator, words: string | RegExp) => answer.getByRole('button', { name: words });

test('a look into memory is a step between the words, with what it found and how long it took', async ({
  app,
  view,
  provider,
  memory,
}) => {
  memory.knows('Ana is vegetarian <b>since 2019</b>.');
  provider.say('Let me look.', LOOK);
  provider.say('She eats no meat.');
  await beginWithTools(app, view);
  await view.send('What does Ana eat?');
  const answer = view.answers.last();
  await expect(answer).toContainText('She eats no meat.');
  const looked = step(answer, /^Looked in memory for “what Ana eats”, 1 memory/);
  await expect(looked).toBeVisible();
  await looked.click();
  await expect(answer.getByRole('list', { name: 'Memories that were found' })).toContainText(
    'Ana is vegetarian <b>since 2019</b>.',
  );
  expect(await answer.locator('[data-tool] b').count()).toBe(0);
  expect(provider.asked).toHaveLength(2);
  expect(provider.asked[1]?.body).toContain('call_1');

  await view.page.reload();
  await expect(step(view.answers.last(), /^Looked in memory for “what Ana eats”/)).toBeVisible();
  await expect(view.answers.last()).toContainText(/Let me look\.[\s\S]*She eats no meat\./);
});

test('nothing is stored by a tool until it is allowed, with the keyboard alone', async ({
  app,
  view,
  provider,
  memory,
  page,
}) => {
  provider.say(STORE);
  provider.say('Noted.');
  await beginWithTools(app, view, true);
  await view.send('We land on Friday at 19:40.');
  const ask = page.getByRole('group', { name: 'May this be stored?' });
  await expect(ask).toContainText('Ana lands on Friday at 19:40.');
  expect(memory.retained).toEqual([]);
  await page.getByRole('button', { name: 'Decide' }).focus();
  await page.keyboard.press('Enter');
  await expect(ask.getByRole('button', { name: 'Allow' })).toBeFocused();
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(view.answers.last()).toContainText('Noted.');
  await expect(step(view.answers.last(), /^Stored “Ana lands on Friday/)).toBeVisible();
  await memory.until(() => memory.retained.some(({ content }) => content.includes('Ana lands on Friday')));
});

test('what is not allowed is not stored, and the answer goes on', async ({
  app,
  view,
  provider,
  memory,
  page,
}) => {
  provider.say(STORE);
  provider.say('As you like.');
  await beginWithTools(app, view, true);
  await view.send('We land on Friday at 19:40.');
  await page.getByRole('button', { name: 'Don’t store' }).click();
  const answer = view.answers.last();
  await expect(answer).toContainText('As you like.');
  await expect(step(answer, /^Wanted to store “Ana lands on Friday.*you said no/)).toBeVisible();
  expect(memory.retained.map(({ content }) => content)).not.toContain('Ana lands on Friday at 19:40.');
});

test('an answer can be stopped while it waits for the person', async ({
  app,
  view,
  provider,
  memory,
  page,
}) => {
  provider.say(STORE);
  await beginWithTools(app, view, true);
  await view.send('We land on Friday.');
  await expect(page.getByRole('group', { name: 'May this be stored?' })).toBeVisible();
  await view.composer.press('Escape');
  await expect(view.answers.last()).toContainText('Stopped.');
  await expect(page.getByRole('group', { name: 'May this be stored?' })).toHaveCount(0);
  expect(memory.retained).toEqual([]);
});

test('a tool that fails says so and the model hears of it', async ({ app, view, provider, memory }) => {
  memory.moods.set('recall', { status: 500, detail: 'on fire' });
  provider.say(LOOK);
  provider.say('I could not look.');
  await beginWithTools(app, view);
  await view.send('What does Ana eat?');
  const answer = view.answers.last();
  await expect(answer).toContainText('I could not look.');
  await expect(step(answer, /^Looked in memory for “what Ana eats”, failed/)).toBeVisible();
});

test('the panel shows the tools, every request, and where tool answers stand in it', async ({
  app,
  view,
  provider,
  memory,
}) => {
  memory.knows('Ana is vegetarian.');
  provider.say(LOOK);
  provider.say('No meat.');
  await beginWithTools(app, view);
  await view.send('What does Ana eat?');
  await expect(view.answers.last()).toContainText('No meat.');
  await expect(view.injected).toContainText('1 call in 2 requests');
  const panel = await view.part('Exact request');
  await panel.getByRole('radiogroup', { name: 'Request' }).getByText('2', { exact: true }).click();
  await expect(panel).toContainText('Request 2 of 2');
  const body = panel.getByRole('region', { name: 'Body of the request' });
  await expect(body.locator('[data-letter="T"]').first()).toContainText('Ana is vegetarian.');
  await expect(body.locator('[data-letter="D"]').first()).toBeAttached();
});

test('a step that runs says so', async ({ app, view, provider, memory }) => {
  const slow = new Gate();
  memory.moods.set('recall', slow);
  provider.say(LOOK);
  provider.say('Done looking.');
  await beginWithTools(app, view);
  await view.send('What does Ana eat?');
  await expect(step(view.answers.last(), /^Looking in memory for “what Ana eats”/)).toBeVisible();
  slow.open();
  await expect(view.answers.last()).toContainText('Done looking.');
});
