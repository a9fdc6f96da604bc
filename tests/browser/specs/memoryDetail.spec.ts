// The detail pane of a memory on the embedded engine with its sample bank: opened from the list, edited and taken back,
// invalidated and restored, hostile text shown as text, accessible in both themes; and a wrong memory corrected from the
// answer that showed it, in two actions.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { App } from '../app';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SAMPLE = { serverId: 'embedded', bankId: 'sample' };

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).include('#pane-right').withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

/** A fact of the sample with these words. */
async function fact(app: App, q: string) {
  const { items } = await app.call('memory.list', {
    ...SAMPLE,
    filter: { q, factType: 'world', limit: 1 },
  });
  const [first] = items;
  if (!first) throw new Error(`no fact says ${q}`);
  return first;
}

/** Opens the fact browser at the memories with these words and the first of them in the pane. */
async function openPane(page: Page, words: string) {
  await page.getByRole('button', { name: 'Memories', exact: true }).click();
  // The bank written last is the one that is looked at first.
  await expect(page.getByRole('button', { name: /^Bank: Sample/ })).toBeVisible();
  const search = page.getByRole('searchbox', { name: 'Words in the fact' });
  await search.fill(words);
  const grid = page.getByRole('grid', { name: 'Facts' });
  // The first of them: rows of the list before it was narrowed may have the words too.
  await expect(grid.locator('[data-index="0"]')).toContainText(words, { timeout: 30_000 });
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  const pane = page.getByRole('region', { name: 'Memory', exact: true });
  await expect(pane.getByRole('button', { name: 'Copy', exact: true })).toBeVisible();
  return pane;
}

test.use({ setUp: 'nothing', sample: true });

test.beforeEach(async ({ app }) => {
  test.setTimeout(150_000);
  await app.prefer({ welcomed: true });
  await app.call('engine.loadSample', {});
});

test('a fact is opened by Enter, edited, and taken back', async ({ page, open, app }) => {
  await open();
  const before = await fact(app, 'hazelnut');
  const pane = await openPane(page, 'hazelnut');
  await expect(pane).toContainText(before.text);
  await expect(pane.locator('mark')).not.toBeEmpty();

  await pane.getByRole('button', { name: 'Edit', exact: true }).focus();
  await page.keyboard.press('e');
  await pane.getByLabel('Text').fill('Wiebke eats everything.');
  await pane.getByLabel('Happened from').fill('2024-05');
  await page.keyboard.press('Control+Enter');
  await expect(pane.getByLabel('Text')).toHaveCount(0);
  await expect(pane).toContainText('Wiebke eats everything.');
  const after = await app.call('memory.get', { ...SAMPLE, id: before.id });
  expect(after.fact).toMatchObject({
    text: 'Wiebke eats everything.',
    occurredStart: '2024-05-01T00:00:00+00:00',
  });

  await pane.getByRole('button', { name: 'History' }).click();
  const history = pane.getByRole('region', { name: 'History' });
  await expect(history).toContainText('Edit text and dates of 1 fact');
  await expect(history.locator('ins').first()).toBeVisible();
  await pane.getByRole('button', { name: 'Undo', exact: true }).first().click();
  await expect(pane).toContainText(before.text);
  const back = await app.call('memory.get', { ...SAMPLE, id: before.id });
  expect(back.fact).toMatchObject({
    text: before.text,
    occurredStart: before.occurredStart,
  });
});

test('a draft is kept until it is discarded, and a wrong date is said and not sent', async ({
  page,
  open,
  app,
}) => {
  await open();
  const before = await fact(app, 'hazelnut');
  const pane = await openPane(page, 'hazelnut');
  await pane.getByRole('button', { name: 'Edit', exact: true }).click();
  await pane.getByLabel('Text').fill('Half a thought');
  await page.keyboard.press('Escape');
  await expect(pane.getByLabel('Text')).toHaveCount(0);
  await pane.getByRole('button', { name: 'Go on editing' }).click();
  await expect(pane.getByLabel('Text')).toHaveValue('Half a thought');
  await pane.getByLabel('Happened from').fill('last spring');
  await page.keyboard.press('Control+Enter');
  await expect(pane).toContainText('Not a date.');
  await pane.getByRole('button', { name: 'Discard draft' }).click();
  await expect(pane.getByRole('button', { name: 'Edit', exact: true })).toBeVisible();
  expect((await app.call('memory.get', { ...SAMPLE, id: before.id })).fact.text).toBe(before.text);
});

test('a fact is invalidated with a reason and restored', async ({ page, open, app }) => {
  await open();
  const { id } = await fact(app, 'hazelnut');
  const pane = await openPane(page, 'hazelnut');
  await pane.getByRole('button', { name: 'Invalidate', exact: true }).click();
  await page.getByRole('button', { name: 'Out of date' }).click();
  await expect(pane).toContainText(/Not recalled.*: Out of date/);
  expect((await app.call('memory.get', { ...SAMPLE, id })).fact).toMatchObject({
    state: 'invalidated',
    invalidationReason: 'Out of date',
  });
  await pane.getByRole('button', { name: 'Restore' }).click();
  await expect(pane.getByRole('button', { name: 'Invalidate', exact: true })).toBeVisible();
  expect((await app.call('memory.get', { ...SAMPLE, id })).fact.state).toBe('valid');
});

test('an observation names its facts, leads to them and back, and is not edited', async ({
  page,
  open,
  app,
}) => {
  await open();
  const { items } = await app.call('memory.list', {
    ...SAMPLE,
    filter: { factType: 'observation', limit: 1 },
  });
  const words = items[0]?.text.slice(0, 40) ?? '';
  const pane = await openPane(page, words);
  await expect(pane).toContainText('cannot be edited itself');
  await pane.getByRole('region', { name: 'Made of' }).getByRole('button').nth(1).click();
  await expect(pane.getByRole('button', { name: 'Edit', exact: true })).toBeVisible();
  await pane.getByRole('button', { name: 'Observations built on it' }).click();
  await expect(pane.getByRole('region', { name: 'Observations built on it' })).toContainText(words);
  await expect(pane).toContainText('Looked through 25 of 25 observations.');
  await pane.getByRole('button', { name: 'Back to the memory before' }).click();
  await expect(pane).toContainText('cannot be edited itself');
});

test('hostile text is text, everywhere in the pane', async ({ page, open, app }) => {
  await open();
  const { id } = await fact(app, 'hazelnut');
  const evil = '<img src=x onerror="document.title=\'pwned\'"> <script>alert(1)</script> hazelnut';
  await app.call('memory.change', {
    ...SAMPLE,
    label: '<b>label</b>',
    changes: [
      {
        id,
        patch: { text: evil, context: '<u>c</u>', entities: ['<i>Ana</i>'] },
      },
    ],
  });
  const pane = await openPane(page, 'onerror');
  await expect(pane).toContainText(evil);
  for (const name of ['Observations built on it', 'Links', 'Turns', 'History', 'Made by', 'Raw JSON'])
    await pane.getByRole('button', { name: new RegExp(`^${name}`) }).click();
  await expect(pane.getByRole('region', { name: 'History' })).toContainText('<b>label</b>');
  expect(await pane.locator('img, script, b, i, u').count()).toBe(0);
  expect(await page.title()).not.toBe('pwned');
});

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('the pane is accessible with everything open, while editing and invalidated', async ({
      page,
      open,
    }) => {
      await open();
      const pane = await openPane(page, 'hazelnut');
      for (const name of ['Observations built on it', 'Links', 'Turns', 'History', 'Made by', 'Raw JSON'])
        await pane.getByRole('button', { name: new RegExp(`^${name}`) }).click();
      await expect(pane.locator('.skeleton')).toHaveCount(0);
      expect(await faults(page)).toEqual([]);
      await pane.getByRole('button', { name: 'Edit', exact: true }).click();
      await pane.getByLabel('Text').fill('Other words');
      expect(await faults(page)).toEqual([]);
      await pane.getByRole('button', { name: 'Discard draft' }).click();
      await pane.getByRole('button', { name: 'Invalidate', exact: true }).click();
      await page.getByRole('button', { name: 'Wrong', exact: true }).click();
      await expect(pane).toContainText('Not recalled');
      expect(await faults(page)).toEqual([]);
    });
  });
}

test('a wrong memory is corrected from the answer that showed it, in two actions', async ({
  page,
  open,
  app,
}) => {
  const chat = await app.call('chat.create', {
    kind: 'normal',
    model: 'demo/demo',
  });
  await app.call('chat.update', { chatId: chat.id, bankId: 'sample' });
  await app.send(chat.id, 'What is Wiebke allergic to?');
  await app.prefer({ lastChat: chat.id });
  await open();
  const injected = page.getByRole('region', { name: 'Injected memories' });
  const card = injected.locator('.card').filter({ hasText: 'hazelnut' }).first();
  await card.hover();
  await card.getByRole('button', { name: 'Invalidate this memory' }).click();
  await page.getByRole('button', { name: 'Wrong', exact: true }).click();
  await expect(card).toContainText('invalidated');
  const id = (await card.locator('[data-memory-card]').getAttribute('data-memory-card')) ?? '';
  expect((await app.call('memory.get', { ...SAMPLE, id })).fact.state).toBe('invalidated');
  await card.getByRole('button', { name: 'Open in memories' }).click();
  await expect(page.getByRole('region', { name: 'Memory', exact: true })).toContainText('Not recalled');
  await page.getByRole('button', { name: 'Turns' }).click();
  await expect(page.getByRole('region', { name: 'Turns' })).toContainText('What is Wiebke allergic to?');
});
