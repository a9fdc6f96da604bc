// Bulk review: twenty facts retired in a few actions and taken back, the list of changes, and pairs of facts decided by
// one key. On the engine in this app with its sample bank.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../test';
import type { App } from '../app';

const BANK = { serverId: 'embedded', bankId: 'sample' };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds in these parts of the page. The list has a spec of its own. */
async function faults(page: Page, ...parts: string[]): Promise<string[]> {
  let axe = new AxeBuilder({ page }).withTags(RULES);
  for (const part of parts) axe = axe.include(part);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

const total = async (app: App, filter: object): Promise<number> =>
  (await app.call('memory.list', { ...BANK, filter: { ...filter, limit: 0 } })).total ?? 0;

/** Twenty facts with one name that nothing else has, as if somebody had mistyped it twenty times. */
async function twenty(app: App) {
  const { items } = await app.call('memory.list', {
    ...BANK,
    filter: { factType: 'world', limit: 20 },
  });
  const changes = items.map(({ id }) => ({
    id,
    patch: { context: 'zwanzig' },
  }));
  const run = await app.call('memory.change', {
    ...BANK,
    label: 'Mark twenty',
    changes,
  });
  await expect.poll(async () => (await app.call('run.get', { id: run.id })).run.state).toBe('done');
  return items;
}

async function openTab(page: Page, name: string) {
  await page.getByRole('button', { name: 'Memories', exact: true }).click();
  await page.getByRole('tab', { name }).click();
}

test.use({ setUp: 'nothing', sample: true });

test.beforeEach(async ({ app }) => {
  await app.call('engine.loadSample', {});
  await app.prefer({ welcomed: true });
});

test('a pair is decided by one key, the next comes at once, and all decisions are one run with one undo', async ({
  page,
  open,
  app,
}) => {
  const { items } = await app.call('memory.list', {
    ...BANK,
    filter: { factType: 'world', limit: 4 },
  });
  const [a, b, c, d] = items;
  if (!a || !b || !c || !d) throw new Error('the sample has fewer than four facts');
  const changes = [
    { id: b.id, patch: { text: a.text } },
    { id: d.id, patch: { text: c.text } },
  ];
  await app.call('memory.change', { ...BANK, label: 'Make twins', changes });
  const valid = await total(app, { state: 'valid' });

  await open();
  await openTab(page, 'Review');
  await page.getByRole('button', { name: 'Start the checks' }).click();
  await expect(page.getByText(/findings? in \d+ facts/)).toBeVisible({
    timeout: 60_000,
  });
  await page
    .getByRole('navigation', { name: 'Kinds of findings' })
    .getByRole('button', { name: /Exact duplicates/ })
    .click();
  await expect(page.getByText('1 of 2', { exact: true })).toBeVisible();
  expect(await faults(page)).toEqual([]);

  await page.keyboard.press('1');
  await expect(page.getByText('2 of 2', { exact: true })).toBeVisible();
  await page.keyboard.press('u');
  await expect(page.getByText('1 of 2', { exact: true })).toBeVisible();
  await page.keyboard.press('1');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText('All of them are decided')).toBeVisible();
  expect(await total(app, { state: 'valid' }), 'nothing is changed before it is applied').toBe(valid);
  await page.keyboard.press('a');
  await expect.poll(() => total(app, { state: 'valid' })).toBe(valid - 2);
  const { items: gone } = await app.call('memory.list', {
    ...BANK,
    filter: { state: 'invalidated' },
  });
  expect(
    gone.filter(({ invalidationReason }) => invalidationReason?.startsWith('duplicate of ')),
  ).toHaveLength(2);

  await page.getByRole('button', { name: 'Undo', exact: true }).first().click();
  await expect.poll(() => total(app, { state: 'valid' })).toBe(valid);
});

test('a pair that is kept is not asked about again, is seen, and comes up once it is forgotten', async ({
  page,
  open,
  app,
}) => {
  const { items } = await app.call('memory.list', {
    ...BANK,
    filter: { factType: 'world', limit: 2 },
  });
  const [a, b] = items;
  if (!a || !b) throw new Error('the sample has fewer than two facts');
  await app.call('memory.change', {
    ...BANK,
    label: 'Make twins',
    changes: [{ id: b.id, patch: { text: a.text } }],
  });
  const kept = async () => (await app.call('review.keptPairs', BANK)).total;
  const duplicates = page
    .getByRole('navigation', { name: 'Kinds of findings' })
    .getByRole('button', { name: /Exact duplicates/ });

  await open();
  await openTab(page, 'Review');
  await page.getByRole('button', { name: 'Start the checks' }).click();
  await expect(page.getByText(/findings? in \d+ facts/)).toBeVisible({ timeout: 60_000 });
  await duplicates.click();
  await page.keyboard.press('3');
  await expect(page.getByText('All of them are decided')).toBeVisible();
  await expect.poll(kept).toBe(1);
  await page.keyboard.press('u');
  await expect.poll(kept, 'u takes it back').toBe(0);
  await expect(page.getByText('1 of 1', { exact: true })).toBeVisible();
  await page.keyboard.press('3');
  await expect.poll(kept).toBe(1);

  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(page.getByText(/findings? in \d+ facts/)).toBeVisible({ timeout: 60_000 });
  await expect(duplicates).toContainText('0');
  await page.getByRole('button', { name: '1 pair kept' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pairs that are kept' });
  await expect(dialog.getByRole('listitem')).toContainText(a.text);
  expect(await faults(page, '[role="dialog"]')).toEqual([]);
  await dialog.getByRole('button', { name: /^Forget the pair/ }).click();
  await expect(dialog).toContainText('No pair is kept any more');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(page.getByText(/findings? in \d+ facts/)).toBeVisible({ timeout: 60_000 });
  await expect(duplicates).toContainText('1');
});

test('what is done to facts of two banks at once is one entry in Changes and one undo', async ({
  page,
  open,
  app,
}) => {
  const OTHER = { serverId: 'embedded', bankId: 'other' };
  const word = 'zwanzig';
  await twenty(app);
  const scope = { data: true, bankConfig: true, history: false };
  await app.call('bank.clone', { ...BANK, target: OTHER.bankId, scope });
  await expect
    .poll(async () => (await app.call('bank.moves', {})).items.map(({ state }) => state), { timeout: 60_000 })
    .toEqual(['done']);
  const valid = async (bank: typeof BANK) =>
    (await app.call('memory.list', { ...bank, filter: { state: 'valid', q: word, limit: 0 } })).total ?? 0;
  const [here, there] = [await valid(BANK), await valid(OTHER)];
  expect([here, there]).toEqual([20, 20]);

  await open();
  await page.getByRole('button', { name: 'Memories', exact: true }).click();
  await page.locator('section[aria-label=Memories]').getByRole('button', { name: /^Bank/ }).click();
  await page.getByRole('option', { name: /^All banks/ }).click();
  await page.getByRole('tab', { name: 'List' }).click();
  await page.getByRole('searchbox').first().fill(word);
  await expect(page.getByText(/^40 of/).first()).toBeVisible();
  await page.getByRole('grid').first().focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('i');
  await expect(page.getByRole('dialog', { name: 'Invalidate the selected facts' })).toContainText(
    '40 of 40 facts will change',
  );
  await page.keyboard.press('Enter');
  await expect.poll(() => valid(BANK)).toBe(0);
  await expect.poll(() => valid(OTHER)).toBe(0);
  await expect(page.getByText(/and in 1 more bank/).first()).toBeVisible();

  await page.getByRole('tab', { name: 'Changes' }).click();
  const runs = page.getByRole('list', { name: 'Runs of changes' });
  const group = runs.getByRole('listitem').filter({ hasText: 'in 2 banks' });
  await expect(group).toHaveCount(1);
  await group.getByRole('button', { name: /^Done Invalidate/ }).click();
  await expect(group.getByRole('list', { name: /^Banks of/ }).getByRole('listitem')).toHaveCount(2);
  expect(await faults(page)).toEqual([]);

  // The keyboard takes all of it back.
  await page.keyboard.press('u');
  await expect.poll(() => valid(BANK)).toBe(here);
  await expect.poll(() => valid(OTHER)).toBe(there);
  await expect(group).toContainText('taken back');
  await group.getByRole('button', { name: 'Redo' }).first().click();
  await expect.poll(async () => (await valid(BANK)) + (await valid(OTHER))).toBe(0);
  await group.getByRole('button', { name: 'Undo' }).first().click();
  await expect.poll(() => valid(BANK)).toBe(here);
  await expect.poll(() => valid(OTHER)).toBe(there);
});

test('twenty facts are retired in four actions by keyboard and one undo in the list of changes brings them back', async ({
  page,
  open,
  app,
}) => {
  await twenty(app);
  const valid = await total(app, { state: 'valid' });
  await open();
  await openTab(page, 'List');
  await page.getByRole('searchbox').first().fill('zwanzig');
  await expect(page.getByText(/^\s*20 (of [\d,]+ )?facts/).first()).toBeVisible();
  await page.getByRole('grid').first().focus();

  // The four actions: select all, invalidate, the reason, Enter.
  await page.keyboard.press('ControlOrMeta+a');
  await expect(page.getByRole('toolbar', { name: 'Selected facts' })).toContainText('20 selected');
  await page.keyboard.press('i');
  const panel = page.getByRole('dialog', {
    name: 'Invalidate the selected facts',
  });
  await expect(panel).toContainText('of 20 facts will change');
  expect(await faults(page, '[role="dialog"]', '[role="toolbar"]')).toEqual([]);
  await page.keyboard.type('a test');
  await page.keyboard.press('Enter');

  await expect.poll(() => total(app, { state: 'valid' })).toBe(valid - 20);
  await expect(panel).toHaveCount(0);
  await page.getByRole('tab', { name: 'Changes' }).click();
  const runs = page.getByRole('list', { name: 'Runs of changes' });
  const run = runs.getByRole('listitem').filter({ hasText: 'Invalidate 20 facts: a test' });
  await expect(run).toContainText('20 of 20 changed');
  await run.getByRole('button', { name: /Invalidate 20 facts/ }).click();
  await expect(run.getByText('1 of', { exact: false }).or(run.getByText('20 of 20').last())).toBeVisible();
  expect(await faults(page)).toEqual([]);
  await run.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(run).toContainText('20 taken back');
  await expect.poll(() => total(app, { state: 'valid' })).toBe(valid);
});
