// Breakpoints: a message pauses before anything is sent, the block is changed by hand, and what was chosen is to the byte
// what the provider gets. They are set in the panel and at a memory; a page that is opened again finds the pause.
import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { BreakCondition } from '../../../ui/src/gen/BreakCondition';
import type { App } from '../app';
import { faults } from '../browse';
import type { ChatView } from '../chatView';
import type { ScriptedProvider } from '../fakes/provider';
import { expect, test } from '../test';

const FACTS = ['Ana is vegetarian <b>x</b>.', 'Ana went to Lisbon in May.', 'Ana likes quiet places.'];

test.use({ viewport: { width: 1440, height: 900 } });

const pausedIn = (view: ChatView) =>
  view.transcript.getByRole('region', { name: 'Paused before sending', exact: true });
const breaks = (view: ChatView) => view.injected.getByRole('region', { name: 'Breakpoints', exact: true });
const listed = (view: ChatView) =>
  breaks(view).getByRole('list', { name: 'Breakpoints of this chat' }).getByRole('listitem');

async function picture(page: Page, name: string) {
  if (!process.env['SHOTS']) return;
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: path.join(process.env['SHOTS'], `${name}-${theme}.png`) });
  }
}

/** What axe finds in both themes. */
async function clean(page: Page, part: string) {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await faults(page, part), theme).toEqual([]);
  }
}

/** Sets a breakpoint with the form of the panel. */
async function add(view: ChatView, label: string, fill?: (form: Locator) => Promise<void>) {
  await view.part('Breakpoints');
  const form = breaks(view).getByRole('form', { name: 'New breakpoint' });
  const before = await listed(view).count();
  await form.getByRole('combobox', { name: 'When it pauses' }).click();
  await view.page.getByRole('option', { name: new RegExp(`^${label}`) }).click();
  await fill?.(form);
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(listed(view)).toHaveCount(before + 1);
}

const set = (app: App, chatId: string, condition: BreakCondition) =>
  app.call('chat.setBreakpoint', { chatId, condition, on: true });

/** Every text in the last request, joined. */
function sent(provider: ScriptedProvider): string {
  const { messages } = JSON.parse(provider.asked.at(-1)?.body ?? '{}') as {
    messages: { content: unknown }[];
  };
  return messages
    .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)))
    .join('\n\n');
}

test('a tag pauses the message; ticks, words and own lines are sent to the byte, and the panel tells it', async ({
  view,
  page,
  provider,
  memory,
}) => {
  test.slow();
  memory.knows(...FACTS);
  memory.facts = memory.facts.map((fact, at) => (at === 1 ? { ...fact, tags: ['travel'] } : fact));
  await view.begin();
  await expect(view.injected.getByRole('button', { name: /^Breakpoints/ })).toContainText('none');
  await view.part('Breakpoints');
  await picture(page, 'breakpoints-empty');
  await add(view, 'A tag', (form) => form.getByRole('textbox', { name: 'Tag' }).fill(' travel '));
  await expect(listed(view)).toContainText('A memory with this tag goes in');
  await expect(listed(view)).toContainText('travel');

  await view.send('Where should we eat?');
  const block = pausedIn(view);
  await expect(block).toContainText('1 memory with this tag is about to go in: travel');
  await expect(block.getByRole('checkbox')).toHaveCount(3);
  await expect(view.injected).toContainText('Paused at a breakpoint: nothing has been sent');
  await expect(page.getByRole('img', { name: 'paused at a breakpoint' })).toBeVisible();
  expect(provider.asked).toHaveLength(0);

  // By keyboard alone from here on.
  await page.getByRole('button', { name: 'Look at the block' }).press('Enter');
  await expect(block.getByRole('checkbox', { name: 'Memory 1 goes in' })).toBeFocused();
  await block.getByRole('checkbox', { name: 'Memory 2 goes in' }).focus();
  await page.keyboard.press('Space');
  await block.getByRole('button', { name: 'Edit memory 1' }).press('Enter');
  const words = block.getByRole('textbox', { name: 'Words of memory 1 in this message' });
  await words.fill('');
  await expect(block.getByRole('alert')).toContainText('untick it instead');
  await expect(block.getByRole('button', { name: /^Go on like this/ })).toBeDisabled();
  await page.keyboard.press('Control+Enter');
  await words.fill('Ana <i>never</i> eats "meat" & fish.');
  await block.getByRole('button', { name: 'Add lines of your own' }).press('Enter');
  await block.getByRole('textbox', { name: /Your own lines/ }).fill('Answer in one line.');
  const size = block.getByRole('status', { name: 'Size of the block' });
  await expect(size).toContainText(/about \d+ tokens/);
  await block.getByRole('button', { name: /^The block as it will be sent/ }).press('Enter');
  const shown = block.locator('pre');
  await expect(shown).toContainText('Answer in one line.');
  await expect(shown).not.toContainText('Lisbon');
  const expected = await shown.evaluate((node) => node.textContent);
  await clean(page, '[data-paused]');
  await clean(page, 'section[aria-label="Injected memories"]');
  await picture(page, 'paused-edited');
  expect(provider.asked, 'nothing leaves while it is changed').toHaveLength(0);

  await block.getByRole('textbox', { name: /Your own lines/ }).focus();
  await page.keyboard.press('Control+Enter');
  await expect(view.answers.last()).toContainText('You said: Where should we eat?');
  await expect(block).toHaveCount(0);
  await expect(view.sendButton).toBeVisible();
  await page.keyboard.press('Control+K');
  await page.keyboard.type('Go on with');
  await expect(page.getByRole('option', { name: /Go on with a paused/ }), 'nothing is paused').toHaveCount(0);
  await page.keyboard.press('Escape');
  expect(sent(provider)).toContain(expected);
  expect(sent(provider)).not.toContain('Lisbon');
  expect(sent(provider)).not.toContain('vegetarian');

  await expect(view.injected.getByRole('region', { name: 'Pause' })).toContainText(
    'changed by hand: 1 memory taken out, 1 memory reworded, own lines added',
  );
  const inside = view.injected.getByRole('list', { name: 'Injected memories' }).getByRole('listitem');
  await expect(inside).toHaveCount(2);
  await expect(inside.nth(0)).toContainText('edited by hand for this turn');
  await inside.nth(0).getByRole('button').nth(0).click();
  await expect(inside.nth(0)).toContainText('In its bank it stays as it is');
  await view.part('Left out');
  await expect(view.injected.getByRole('list', { name: 'Memories left out' })).toContainText(
    'taken out by hand when the turn paused',
  );
  await view.part('Block');
  await expect(view.injected.getByRole('region', { name: 'Block', exact: true })).toContainText(
    'Answer in one line.',
  );
  await view.part('Times');
  await expect(view.injected.getByRole('region', { name: 'Times', exact: true })).toContainText(/paused/);
  await clean(page, 'section[aria-label="Injected memories"]');
  await picture(page, 'paused-after');
});

test('a certain memory is set at its card; a page that is opened again finds the pause and goes on without memory', async ({
  view,
  page,
  app,
  provider,
  memory,
}) => {
  memory.knows(...FACTS);
  const chatId = await view.begin();
  await view.ask('First');
  const cards = view.injected.getByRole('list', { name: 'Injected memories' }).getByRole('listitem');
  await cards.nth(0).getByRole('button').nth(0).click();
  await cards.nth(0).getByRole('button', { name: 'Pause when this is injected' }).click();
  await expect(cards.nth(0).getByRole('button', { name: 'Do not pause at this' })).toBeVisible();
  await view.part('Breakpoints');
  await expect(listed(view)).toContainText(FACTS[0] ?? '');

  await view.send('Second');
  await expect(pausedIn(view)).toContainText(`this memory is about to go in: ${FACTS[0]}`);
  await page.goto('about:blank');
  await view.at(chatId);
  await expect(pausedIn(view)).toContainText('this memory is about to go in');
  expect(provider.asked).toHaveLength(1);
  // A second chat is not held up, and the list says where the pause is.
  const other = await app.chat('Another');
  await app.send(other, 'Elsewhere');
  await provider.until(() => provider.asked.length === 2);
  await pausedIn(view).getByRole('button', { name: 'Go on without memory' }).click();
  await expect(view.answers.last()).toContainText('You said: Second');
  await expect(view.answers.last()).toContainText('memory taken out');
  expect(sent(provider)).not.toContain('Lisbon');
  await expect(view.injected).toContainText('You took out all of it: 3 memories would have been used');
  await expect(view.injected.getByRole('region', { name: 'Pause' })).toContainText(
    'the whole block taken out',
  );
});

test('Escape and Stop end it, nothing is sent, and the question stays', async ({
  view,
  page,
  app,
  provider,
  memory,
}) => {
  memory.knows(...FACTS);
  const chatId = await view.begin();
  await add(view, 'Every message');
  await view.send('One?');
  await expect(pausedIn(view)).toContainText('every message of this chat pauses');
  await view.composer.press('Escape');
  await expect(pausedIn(view)).toHaveCount(0);
  await expect(view.questions.last()).toContainText('One?');
  await expect(view.injected).toContainText('Stopped at a breakpoint: nothing was sent');

  await view.send('Two?');
  await page.getByRole('button', { name: 'Look at the block' }).click();
  await expect(pausedIn(view).getByRole('checkbox', { name: 'Memory 1 goes in' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(pausedIn(view)).toHaveCount(0);

  await view.send('Three?');
  await pausedIn(view).getByRole('button', { name: 'Stop, send nothing' }).click();
  await expect(pausedIn(view)).toHaveCount(0);
  await expect(view.questions).toHaveCount(3);
  await expect(view.sendButton).toBeVisible();
  expect(provider.asked).toHaveLength(0);
  expect((await app.call('chat.breakpoints', { chatId })).items).toHaveLength(1);
});

test('no hits, a long block and the next message once; each is switched off, removed and taken back', async ({
  view,
  page,
  provider,
  memory,
}) => {
  test.slow();
  await view.begin();
  await add(view, 'No hits');
  await add(view, 'A long block', (form) => form.getByRole('textbox', { name: 'Tokens' }).fill('20'));
  await view.send('Who sails?');
  await expect(pausedIn(view)).toContainText('memory answered and nothing is about to go in');
  await expect(pausedIn(view)).toContainText('Nothing of memory is about to go in.');
  await expect(pausedIn(view).getByRole('button', { name: 'Go on without memory' })).toHaveCount(0);
  await clean(page, '[data-paused]');
  await picture(page, 'paused-no-hits');
  await view.composer.press('Control+Enter');
  await expect(view.answers.last()).toContainText('You said: Who sails?');
  await expect(view.sendButton).toBeVisible();

  memory.knows(...FACTS);
  await view.send('Where do we eat?');
  await expect(pausedIn(view)).toContainText(/the block has about \d+ tokens \(o200k\), more than 20/);
  await pausedIn(view).getByRole('button', { name: 'Go on', exact: true }).click();
  await expect(view.answers.last()).toContainText('You said: Where do we eat?');
  await expect(view.injected.getByRole('region', { name: 'Pause' })).toContainText(
    'changed by hand: nothing',
  );
  await expect(view.sendButton).toBeVisible();

  const long = listed(view).filter({ hasText: 'more than 20 tokens' });
  await long.getByRole('checkbox').uncheck();
  await expect(view.injected.getByRole('button', { name: /^Breakpoints/ })).toContainText('1 of 2 on');
  await view.ask('And where do we sleep?');
  await expect(pausedIn(view)).toHaveCount(0);
  await expect(view.injected.getByRole('region', { name: 'Pause' })).toHaveCount(0);

  await long.getByRole('button', { name: 'Remove this breakpoint' }).click();
  await expect(listed(view)).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(long.getByRole('checkbox')).not.toBeChecked();

  await breaks(view).getByRole('button', { name: 'Pause the next message, once' }).click();
  await expect(listed(view)).toHaveCount(3);
  await clean(page, 'section[aria-label="Breakpoints"]');
  await breaks(view).scrollIntoViewIfNeeded();
  await picture(page, 'breakpoints-list');
  await view.send('Once?');
  await expect(pausedIn(view)).toContainText('you asked for it, once');
  await expect(listed(view)).toHaveCount(2);
  await view.composer.press('Control+Enter');
  await expect(view.answers.last()).toContainText('You said: Once?');
  await expect(view.sendButton).toBeVisible();
  const asked = provider.asked.length;
  await view.ask('Twice?');
  expect(provider.asked).toHaveLength(asked + 1);
});

test('reflect’s paragraph is reworded or left out by hand, and the provider gets that to the byte', async ({
  view,
  page,
  app,
  provider,
  memory,
}) => {
  memory.paragraph = 'Ana likes quiet places.';
  const chatId = await view.begin();
  await app.call('chat.update', { chatId, settings: { mode: 'reflect' } });
  await set(app, chatId, { kind: 'every_turn' });
  const block = pausedIn(view);
  const paragraph = block.getByRole('textbox', { name: 'Reflect’s paragraph, for this message alone' });
  const whole = async () => {
    await block.getByRole('button', { name: /^The block as it will be sent/ }).click();
    return block.locator('pre');
  };

  await view.send('Where should we eat?');
  await expect(paragraph).toHaveValue('Ana likes quiet places.');
  await expect(block.getByRole('button', { name: 'Go on', exact: true })).toBeVisible();
  const mine = 'Ana <b>hates</b> noise & "crowds",\n\nand \u202eBen does not.';
  await paragraph.fill(mine);
  const shown = await whole();
  await expect(shown).toContainText('hates');
  await expect(shown).not.toContainText('likes quiet places');
  const expected = await shown.evaluate((node) => node.textContent);
  expect(expected).toContain(mine);
  await clean(page, '[data-paused]');
  await picture(page, 'paused-reflect');
  expect(provider.asked, 'nothing leaves while it is changed').toHaveLength(0);
  await block.getByRole('button', { name: 'Go on like this' }).click();
  await expect(view.answers.last()).toContainText('You said: Where should we eat?');
  await expect(view.sendButton).toBeVisible();
  expect(sent(provider)).toContain(expected);
  expect(sent(provider)).not.toContain('likes quiet places');
  await expect(view.injected.getByRole('region', { name: 'Pause' })).toContainText(
    'changed by hand: the paragraph reworded',
  );

  // Empty leaves it out, and then nothing of memory goes in.
  await view.send('And where do we sleep?');
  await expect(paragraph).toHaveValue('Ana likes quiet places.');
  await paragraph.fill('');
  await expect(block.getByRole('status', { name: 'Size of the block' })).toContainText('nothing goes in');
  await block.getByRole('button', { name: 'Go on like this' }).click();
  await expect(view.answers.last()).toContainText('You said: And where do we sleep?');
  await expect(view.sendButton).toBeVisible();
  expect(sent(provider)).not.toContain('likes quiet places');
  await expect(view.injected.getByRole('region', { name: 'Pause' })).toContainText(
    'changed by hand: the paragraph taken out',
  );

  // Back at the server's own words is no change.
  await view.send('And drink?');
  await paragraph.fill('other');
  await expect(block.getByRole('button', { name: 'Go on like this' })).toBeVisible();
  await paragraph.fill('Ana likes quiet places.');
  await block.getByRole('button', { name: 'Go on', exact: true }).click();
  await expect(view.answers.last()).toContainText('You said: And drink?');
  await expect(view.sendButton).toBeVisible();
  expect(sent(provider)).toContain('Ana likes quiet places.');
});

test('two models side by side each pause and go on by themselves', async ({
  view,
  page,
  app,
  provider,
  memory,
}) => {
  memory.knows(...FACTS);
  const chatId = await view.begin();
  await set(app, chatId, { kind: 'every_turn' });
  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByRole('option', { name: /scripted-2/ }).click();
  await view.send('Which?');
  await expect(pausedIn(view)).toHaveCount(2);
  await expect(page.getByText('2 answers are paused before sending.')).toBeVisible();
  const column = (name: string) => page.getByRole('region', { name: `Answer of ${name}` });
  await picture(page, 'paused-two');
  // Ctrl+Enter lets the one go on where the focus is.
  await column('scripted-2').getByRole('checkbox', { name: 'Memory 2 goes in' }).uncheck();
  await expect(column('scripted-2').getByRole('button', { name: 'Go on like this' })).toBeVisible();
  await column('scripted-2').getByRole('checkbox', { name: 'Memory 1 goes in' }).focus();
  await page.keyboard.press('Control+Enter');
  await expect(column('scripted-2')).toContainText('You said: Which?');
  expect(provider.asked).toHaveLength(1);
  expect(sent(provider)).not.toContain('Lisbon');
  await expect(pausedIn(view)).toHaveCount(1);
  await column('scripted-1').getByRole('button', { name: 'Go on', exact: true }).click();
  await expect(column('scripted-1')).toContainText('You said: Which?');
  expect(sent(provider)).toContain('Lisbon');
});

test('eighty memories and a megabyte of markup stay text and are sent as they were written', async ({
  view,
  page,
  app,
  provider,
  memory,
}) => {
  test.slow();
  memory.knows(
    ...Array.from({ length: 80 }, (_, at) => `Fact ${at + 1} ${'and more of it '.repeat(at % 9)}`),
  );
  const chatId = await view.begin();
  await set(app, chatId, { kind: 'every_turn' });
  await view.send('Tell me everything.');
  const block = pausedIn(view);
  await expect(block.getByRole('checkbox')).not.toHaveCount(0);
  await picture(page, 'paused-much');
  const long = '<img src=x onerror=alert(1)> \u202eAna & "Ben" '.repeat(24_000);
  expect(long.length).toBeGreaterThan(1_000_000);
  await block.getByRole('button', { name: 'Edit memory 1', exact: true }).click();
  await block.getByRole('textbox', { name: 'Words of memory 1 in this message' }).fill(long);
  await expect(block.getByRole('status', { name: 'Size of the block' })).toContainText(/about \d/, {
    timeout: 90_000,
  });
  await expect(block.locator('img')).toHaveCount(0);
  await block.getByRole('button', { name: /^Go on like this/ }).click();
  await expect(view.answers.last()).toContainText('You said: Tell me everything.', { timeout: 90_000 });
  expect(sent(provider).includes(long)).toBe(true);
  expect(await faults(page, '[role=log]')).toEqual([]);
});
