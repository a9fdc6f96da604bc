// Entities of the sample bank: searched, sorted, their facts in time, and the merge of two that look alike.
import { SAMPLE, elements, faults, openTab } from '../browse';
import { expect, test } from '../test';

test.use({ setUp: 'provider', sample: true });

test.beforeEach(async ({ app }) => {
  test.slow();
  await app.call('engine.loadSample', {});
});

test('a name is found, its facts are shown, and the list shows just these', async ({ page, open, app }) => {
  const list = await app.call('entity.list', SAMPLE);
  const [most] = list.items;
  if (!most) throw new Error('the sample has no entity');
  await open();
  await openTab(page, 'Entities');
  const grid = page.getByRole('grid', { name: /^Entities/ });
  await expect(grid.getByText(`${list.total} of ${list.total}`)).toBeVisible({ timeout: 30_000 });
  await page
    .getByRole('searchbox', { name: 'Search entities by name' })
    .fill(most.canonicalName.toUpperCase());
  await expect(grid.getByRole('gridcell', { name: most.canonicalName, exact: true })).toBeVisible();
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  const facts = page.getByRole('region', { name: `Facts of ${most.canonicalName}` });
  const filter = { entityId: most.id, limit: 0 };
  const { total } = await app.call('memory.list', { ...SAMPLE, filter });
  await expect(facts).toContainText(`${total} facts`);
  await facts.getByRole('button', { name: 'In the list' }).click();
  await expect(page.getByRole('tab', { name: 'List', exact: true })).toHaveAttribute('aria-selected', 'true');
});

test('columns sort both ways', async ({ page, open }) => {
  await open();
  await openTab(page, 'Entities');
  const grid = page.getByRole('grid', { name: /^Entities/ });
  const head = grid.getByRole('columnheader', { name: 'Name' });
  await head.getByRole('button').click();
  await expect(head).toHaveAttribute('aria-sort', 'ascending');
  const first = () => grid.getByRole('row').nth(1).getByRole('gridcell').first().textContent();
  const up = await first();
  await head.getByRole('button').click();
  await expect(head).toHaveAttribute('aria-sort', 'descending');
  expect(await first()).not.toBe(up);
});

test('two that look alike become one, fact by fact, and one undo brings both back', async ({
  page,
  open,
  app,
}) => {
  const [most] = (await app.call('entity.list', SAMPLE)).items;
  if (!most) throw new Error('the sample has no entity');
  const twin = most.canonicalName.split(' ').reverse().join(' ');
  const { items } = await app.call('memory.list', {
    ...SAMPLE,
    filter: { entityId: most.id, factType: 'world', limit: 1 },
  });
  const [fact] = items;
  if (!fact) throw new Error('no fact names it');
  await app.call('memory.change', {
    ...SAMPLE,
    label: 'Another spelling',
    changes: [
      {
        id: fact.id,
        patch: {
          entities: [...fact.entities.filter((name) => name !== most.canonicalName), twin],
          resolveEntities: false,
        },
      },
    ],
  });
  const has = async (name: string) =>
    (await app.call('entity.list', SAMPLE)).items.some((one) => one.canonicalName === name);
  await expect.poll(() => has(twin), { timeout: 30_000 }).toBe(true);

  await open();
  await openTab(page, 'Entities');
  await page.getByRole('radio', { name: 'Look-alikes' }).check({ force: true });
  await page.getByRole('button').filter({ hasText: twin }).first().click();
  const panel = page.getByRole('region', { name: 'Merge look-alikes' });
  await expect(panel).toContainText('no call that merges entities');
  await panel.getByRole('button', { name: 'Rewrite 1 fact' }).click();
  await expect.poll(() => has(twin), { timeout: 30_000 }).toBe(false);
  await page.getByRole('button', { name: 'Undo', exact: true }).first().click();
  await expect.poll(() => has(twin), { timeout: 30_000 }).toBe(true);
});

test('twenty thousand names are one search away in a bounded page', async ({ page, open }) => {
  const items = Array.from({ length: 20_000 }, (_, n) => ({
    id: `e-${n}`,
    canonicalName: `Person ${n} <b>bold</b>`,
    mentionCount: 20_000 - n,
    firstSeen: null,
    lastSeen: null,
    metadata: {},
  }));
  await page.route('**/rpc/entity.list', (route) => route.fulfill({ json: { items, total: items.length } }));
  await open();
  await openTab(page, 'Entities');
  const grid = page.getByRole('grid', { name: /^Entities/ });
  await expect(grid.getByText('20,000 of 20,000')).toBeVisible({ timeout: 30_000 });
  await grid.focus();
  await page.keyboard.press('End');
  await expect(grid.getByText('Person 19999 <b>bold</b>')).toBeVisible();
  expect(await elements(page)).toBeLessThan(2000);
  await page.getByRole('searchbox', { name: 'Search entities by name' }).fill('person 12345');
  await expect(grid.getByText('1 of 20,000')).toBeVisible();
});

for (const theme of ['light', 'dark'] as const) {
  test(`axe has nothing against entities in ${theme}`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open();
    await openTab(page, 'Entities');
    const grid = page.getByRole('grid', { name: /^Entities/ });
    await expect(grid.getByText(/^\d+ of \d+$/)).toBeVisible();
    // By key: a row of a list that is still being laid out can leave from under the pointer.
    await grid.focus();
    await page.keyboard.press('Enter');
    const facts = page.getByRole('region', { name: /^Facts of/ });
    await expect(facts).toBeVisible();
    await expect(facts.locator('.fact').first()).toHaveText(/\w/);
    expect(await faults(page)).toEqual([]);
    await page.getByRole('radio', { name: 'Look-alikes' }).check({ force: true });
    await expect(page.getByText(/names/).first()).toBeVisible();
    expect(await faults(page)).toEqual([]);
  });
}
