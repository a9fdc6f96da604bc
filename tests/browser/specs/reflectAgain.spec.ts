// A turn's reflect made again in the panel: at a press and at nothing else, with a way to stop; the two paragraphs and what
// may be said of them; what both are based on, and what became of it; failed, empty and not told apart.
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { App } from '../app';
import { faults } from '../browse';
import type { ChatView } from '../chatView';
import { Gate } from '../fakes/gate';
import type { ScriptedMemory } from '../fakes/memory';
import { expect, test } from '../test';

const SHOTS = path.resolve(__dirname, '../../../target/shots');
const PANEL = 'section[aria-label="Then and now"]';

test.use({ viewport: { width: 1440, height: 900 } });

const section = (view: ChatView) => view.injected.getByRole('region', { name: 'Then and now', exact: true });
const answer = (view: ChatView) => section(view).getByRole('group', { name: 'Then and now', exact: true });
const paragraph = (view: ChatView, of: 'then' | 'now') =>
  answer(view).getByRole('region', { name: `Paragraph, ${of}` });
const press = (view: ChatView) => section(view).getByRole('button', { name: 'Reflect again now' });

/** In both themes: nothing for axe to find, and a picture. */
async function looked(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await faults(page, PANEL), theme).toEqual([]);
    await page.locator(PANEL).evaluate((node) => node.scrollIntoView({ block: 'start' }));
    await page.screenshot({ path: path.join(SHOTS, `reflect-${name}-${theme}.png`) });
  }
}

/** Makes reflect say this, based on these facts of the server. */
function says(memory: ScriptedMemory, text: string, ids: readonly string[], directive: string): void {
  memory.paragraph = text;
  memory.basedOn = {
    memories: memory.facts.filter(({ id }) => ids.includes(id)),
    mental_models: [],
    directives: [{ id: 'd', name: 'tone', content: directive }],
  };
}

/** A chat that reflects, with one answered question, and the part open. */
async function reflected(view: ChatView, app: App): Promise<void> {
  const chatId = await view.begin();
  await app.call('chat.update', { chatId, settings: { mode: 'reflect' } });
  await view.ask('Where should we eat?');
  await view.part('Then and now');
}

test('the two paragraphs stand with their memories, and what became of those', async ({
  view,
  app,
  page,
  memory,
}) => {
  test.slow();
  memory.knows('Ana is vegetarian <b>x</b>.', 'Ana likes quiet places.', 'Ana moved to Porto.');
  memory.reflectTokens = 1234;
  says(memory, 'Ana eats no meat and likes it quiet.', ['fact-1', 'fact-2'], 'Be brief.');
  await reflected(view, app);
  await expect(section(view)).toContainText('may cost money there');
  await looked(page, 'before');
  expect(memory.of('reflect'), 'nothing is asked of a model without a press').toHaveLength(1);

  // One is gone, one was learned since, and the server's model says other words.
  says(memory, 'Ana likes it quiet and lives in Porto.', ['fact-2', 'fact-3'], 'Be long.');
  memory.facts = memory.facts.filter(({ id }) => id !== 'fact-1');
  memory.gone.add('fact-1');
  memory.learnedSince.add('fact-3');
  await press(view).click();
  await expect(answer(view).locator('[data-certainty]')).toHaveAttribute('data-certainty', 'reconstructed');
  await expect(paragraph(view, 'then')).toContainText('Ana eats no meat and likes it quiet.');
  await expect(paragraph(view, 'now').locator('ins')).toContainText(['Porto']);
  await expect(paragraph(view, 'now')).toContainText(/1,234 tokens of the server’s model/);
  await expect(answer(view).locator('[data-reading]')).toHaveAttribute('data-reading', 'other_memories');
  await expect(answer(view)).toContainText('1 only then · 1 only now · 0 in other words · 1 as they were');
  const group = (name: string) => answer(view).getByRole('region', { name, exact: true });
  await expect(group('Only then').locator('[data-memory="fact-1"]')).toContainText('gone from the bank');
  await expect(group('Only then').locator('[data-memory="fact-1"]')).toContainText('<b>x</b>');
  await expect(group('Only now').locator('[data-memory="fact-3"]')).toContainText('learned since');
  await expect(group('Mental models and directives')).toContainText('both times, in other words');
  await looked(page, 'filled');
  const [asked, again] = memory.of('reflect');
  expect(again?.body, 'the turn’s own request').toBe(asked?.body);
  const kept = memory.retained.length;

  // Without the differences the words stand as they came.
  await paragraph(view, 'then').scrollIntoViewIfNeeded();
  await answer(view).getByRole('switch', { name: 'Show what differs' }).uncheck();
  await expect(paragraph(view, 'now').locator('ins')).toHaveCount(0);
  await expect(paragraph(view, 'now')).toContainText('Ana likes it quiet and lives in Porto.');
  // The answer outlives the part that shows it; opening it again asks nothing.
  await section(view)
    .getByRole('button', { name: /^Then and now/ })
    .press('Enter');
  await expect(answer(view)).toHaveCount(0);
  await section(view)
    .getByRole('button', { name: /^Then and now/ })
    .press('Enter');
  await expect(paragraph(view, 'now').locator('ins')).toContainText(['Porto']);
  expect(memory.of('reflect')).toHaveLength(2);
  expect(memory.retained).toHaveLength(kept);
});

test('the same memories with other words are called an anecdote, and what is not told is not made up', async ({
  view,
  app,
  page,
  memory,
}) => {
  memory.knows('Ana is vegetarian.');
  says(memory, 'Ana eats no meat.', ['fact-1'], 'Be brief.');
  await reflected(view, app);
  says(memory, 'Meat is nothing for Ana.', ['fact-1'], 'Be brief.');
  await press(view).click();
  const read = answer(view).locator('[data-reading]');
  await expect(read).toHaveText('The same memories, other words: one sample is an anecdote.');
  await expect(answer(view)).toContainText('0 only then · 0 only now · 0 in other words · 1 as they were');

  says(memory, 'Ana eats no meat.', ['fact-1'], 'Be brief.');
  await press(view).click();
  await expect(read).toHaveText('Word for word the same. It is based on the same memories.');

  memory.paragraph = 'No meat.';
  memory.basedOn = null;
  await press(view).click();
  await expect(read).toHaveAttribute('data-reading', 'not_known');
  await expect(read).toContainText('cannot be told');
  await expect(answer(view).locator('[data-based="now"]')).toHaveText(
    'Now: not known; the server did not say.',
  );
  await expect(answer(view).getByRole('region', { name: 'Then', exact: true })).toContainText(
    'Ana is vegetarian.',
  );
  await expect(paragraph(view, 'now')).toContainText('tokens not reported');

  memory.paragraph = '';
  await press(view).click();
  await expect(paragraph(view, 'now')).toHaveAttribute('data-paragraph', 'empty');
  await expect(paragraph(view, 'now')).toContainText('says nothing');
  await looked(page, 'empty');
});

test.describe('on a server that is slow or fails', () => {
  test.use({ expectedErrors: [/status of 502 \(Bad Gateway\)/] });

  test('a reflect that hangs is cancelled, one that fails says so beside the turn’s own', async ({
    view,
    app,
    page,
    memory,
  }) => {
    memory.knows('Ana is vegetarian.');
    says(memory, 'Ana eats no meat.', ['fact-1'], 'Be brief.');
    await reflected(view, app);
    const gate = new Gate();
    memory.moods.set('reflect', gate);
    await press(view).click();
    await gate.reached;
    await expect(section(view).getByRole('status')).toContainText('The memory server is reflecting…');
    await looked(page, 'running');
    await section(view).getByRole('button', { name: 'Cancel' }).press('Enter');
    await expect(section(view).getByRole('status')).toContainText('Cancelled: Rearview stopped waiting.');
    gate.open();
    await expect(press(view)).toBeEnabled();
    await expect(answer(view)).toHaveCount(0);

    memory.moods.set('reflect', { status: 500, detail: 'Connection error.' });
    await press(view).click();
    await expect(paragraph(view, 'now')).toHaveAttribute('data-paragraph', 'failed');
    await expect(paragraph(view, 'now').getByRole('group', { name: 'Error' })).toBeVisible();
    await expect(paragraph(view, 'then')).toContainText('Ana eats no meat.');
    await expect(answer(view).locator('[data-reading]')).toHaveCount(0);
    await expect(answer(view).locator('[data-based="now"]')).toHaveText('Now: not known, as it failed.');
    await expect(answer(view).getByRole('region', { name: 'Then', exact: true })).toContainText(
      'Ana is vegetarian.',
    );
    await looked(page, 'failed');

    // A turn of which the reflect failed: that is known, and what it would have said is not.
    await view.ask('And where do we sleep?');
    await view.part('Then and now');
    memory.moods.delete('reflect');
    await press(view).click();
    await expect(paragraph(view, 'then')).toHaveAttribute('data-paragraph', 'failed');
    await expect(paragraph(view, 'then')).toContainText('is not known');
    await expect(paragraph(view, 'now')).toContainText('Ana eats no meat.');

    // By keyboard a memory is opened in its pane, of which this server tells but a part.
    const row = answer(view).getByRole('region', { name: 'Now', exact: true }).getByRole('listitem');
    await row.getByRole('button').press('Enter');
    await expect(page.getByRole('region', { name: 'Memory', exact: true })).toBeVisible();
  });
});

test('a paragraph of sixty thousand characters and four hundred memories stay in bounds', async ({
  view,
  app,
  page,
  memory,
}) => {
  test.slow();
  memory.knows(
    ...Array.from({ length: 400 }, (_, at) => `Fact ${at + 1} ${'and more of it '.repeat(at % 9)}`),
  );
  const ids = memory.facts.map(({ id }) => id);
  const long = (word: string) =>
    Array.from({ length: 1_500 }, (_, at) => `${word} ${at} <img src=x> \u202eAna & "Ben".`).join(' ');
  says(memory, long('Then'), ids.slice(0, 300), 'Be brief. '.repeat(800));
  await reflected(view, app);
  says(memory, long('Now'), ids.slice(100), 'Be brief. '.repeat(800));
  await press(view).click();
  await expect(answer(view)).toContainText(
    '100 only then · 100 only now · 0 in other words · 200 as they were',
  );
  await expect(answer(view).getByRole('region', { name: 'Only then' })).toContainText('Showing 20 of 100');
  await expect(answer(view).locator('img')).toHaveCount(0);
  await expect(paragraph(view, 'then').getByRole('button', { name: /^Show all/ })).toBeVisible();
  const wide = await section(view).evaluate((node) => node.scrollWidth - node.clientWidth);
  expect(wide, 'nothing runs out at the side').toBeLessThanOrEqual(0);
  const tall = await paragraph(view, 'now').evaluate((node) => node.clientHeight);
  expect(tall, 'a long paragraph scrolls in its own box').toBeLessThan(420);
  await looked(page, 'long');
});
