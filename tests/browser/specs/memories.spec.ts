// The fact browser over a scripted memory server of a hundred thousand hostile facts: what is in the page, how often the
// server is asked, the keyboard, filters, views, the marker of what is new, and bad days. Times are `make bench`'s.
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { FactBank } from '../fakes/facts';
import { Gate } from '../fakes/gate';
import { expect, test as base } from '../test';

const test = base.extend<{ bank: FactBank; grid: Locator; rows: Locator }>({
  bank: async ({ memory, open, page }, use) => {
    memory.bank = new FactBank(100_000);
    await open();
    await page.getByRole('button', { name: 'Memories', exact: true }).first().click();
    await use(memory.bank);
  },
  grid: async ({ page, bank }, use) => {
    void bank;
    const grid = page.getByRole('grid', { name: 'Facts' });
    await expect(grid.getByText('Fact 99999:')).toBeVisible();
    await use(grid);
  },
  rows: async ({ grid }, use) => use(grid.locator('[data-index]')),
});
test.use({ setUp: 'provider and memory' });

const bulk = (page: Page) => page.getByRole('toolbar', { name: 'Selected facts' });
const elements = (page: Page) => page.evaluate(() => document.querySelectorAll('*').length);
const scroller = (grid: Locator) => grid;
const scrollTo = (grid: Locator, top: number) =>
  scroller(grid).evaluate((box, to) => (box.scrollTop = to), top);

test('a hundred thousand facts are few elements and few requests, wherever one is', async ({
  page,
  bank,
  grid,
}) => {
  await expect(grid).toHaveAttribute('aria-rowcount', '100001');
  await expect(page.getByRole('status').getByText('100,000 facts')).toBeVisible();
  // One that counts and fetches the first page; another may have looked whether something is new.
  expect(bank.asked.filter((query) => query.get('limit') !== '0')).toHaveLength(1);
  expect(await elements(page)).toBeLessThan(2000);

  bank.asked.length = 0;
  for (const part of [0.1, 0.3, 0.5, 0.7, 0.9, 1]) {
    await scrollTo(grid, part * 100_000 * 28);
    expect(await elements(page)).toBeLessThan(2000);
  }
  await expect(grid.getByText('Fact 0:')).toBeVisible();
  expect(bank.asked.filter((query) => query.get('limit') !== '0').length).toBeLessThan(12);
  // Markup in facts is text.
  await expect(page.locator('.table img, .table script')).toHaveCount(0);
});

test.describe('by keyboard', () => {
  // The scripted server knows lists only; the detail pane is tried in memoryDetail.spec.ts.
  test.use({ expectedErrors: [/Failed to load resource/] });

  test('the keyboard moves, opens, selects one, a range and everything, and lets go', async ({
    page,
    grid,
    rows,
  }) => {
    await grid.focus();
    const active = () => grid.getAttribute('aria-activedescendant');
    const first = await active();
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('k');
    expect(await active()).not.toBe(first);
    await page.keyboard.press('x');
    await expect(rows.nth(1)).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await expect(bulk(page).getByText('3 selected')).toBeVisible();
    await page.keyboard.press('Shift+ArrowUp');
    await expect(bulk(page).getByText('2 selected')).toBeVisible();

    await page.keyboard.press('End');
    await expect(grid.getByText('Fact 0:')).toBeVisible();
    await page.keyboard.press('PageUp');
    await page.keyboard.press('Home');
    await expect(grid.getByText('Fact 99999:')).toBeVisible();
    await page.keyboard.press('a');
    await expect(bulk(page).getByText('100,000 selected')).toBeVisible();
    await page.keyboard.press('x');
    await expect(bulk(page).getByText('99,999 selected')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(bulk(page)).toHaveCount(0);

    await page.keyboard.press('Enter');
    await expect(page.getByRole('complementary', { name: 'Memory' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('complementary', { name: 'Memory' })).toHaveCount(0);
    await page.keyboard.press('/');
    await expect(page.getByRole('searchbox', { name: 'Words in the fact' })).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(grid).toBeFocused();
  });
});

test('filters work at once, stand as chips, stay over a restart of the page, and say what hides all', async ({
  page,
  bank,
  grid,
}) => {
  const box = page.getByRole('searchbox', { name: 'Words in the fact' });
  await box.pressSequentially('lisbon');
  await expect(page.getByRole('status').getByText('20,000 of 100,000 facts')).toBeVisible();
  await page.getByRole('radiogroup', { name: 'Type of fact' }).getByText('W', { exact: true }).click();
  await grid.getByRole('button', { name: 'travel' }).first().click();
  const chips = page.getByRole('list', { name: 'Filters that are on' });
  await expect(chips.getByRole('listitem')).toContainText(['“lisbon”', 'world', 'tag travel', 'Clear all']);
  expect(bank.asked.some((query) => query.get('tags_match') === 'any_strict')).toBe(true);
  // Typing is not a request for every letter.
  expect(bank.asked.filter((query) => query.has('q') && query.get('q') !== 'lisbon')).toEqual([]);

  await page.waitForTimeout(900); // preferences are kept a moment after the last change
  await page.reload();
  await page.getByRole('button', { name: 'Memories', exact: true }).first().click();
  await expect(chips.getByRole('listitem')).toHaveCount(4);
  await expect(box).toHaveValue('lisbon');

  await box.fill('nobody ever said this');
  await expect(page.getByText('No fact passes these filters')).toBeVisible();
  await expect(page.getByText('Without “nobody ever said this”')).toBeVisible();
  await page.getByRole('button', { name: 'Remove', exact: true }).first().click();
  await expect(grid.getByRole('row').nth(1)).toBeVisible();
  await chips.getByRole('button', { name: 'Clear all' }).click();
  await expect(chips).toHaveCount(0);
});

test('a view is saved, opened, and deleted with a way back', async ({ page, grid }) => {
  await grid.getByRole('button', { name: 'travel' }).first().click();
  await page.getByRole('button', { name: 'Saved views' }).click();
  const views = page.getByRole('dialog', { name: 'Saved views' });
  await views.getByRole('textbox', { name: 'Name of the view' }).fill('On <the> road');
  await views.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(views.getByRole('button', { name: 'On <the> road shown' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Remove the filter tag travel' }).click();
  await page.getByRole('button', { name: 'Saved views' }).click();
  await views.getByRole('button', { name: 'On <the> road', exact: true }).click();
  await expect(page.getByRole('list', { name: 'Filters that are on' })).toContainText('tag travel');
  await page.getByRole('button', { name: 'Saved views' }).click();
  await views.getByRole('button', { name: 'Delete On <the> road' }).click();
  await expect(views).toContainText('No view is saved');
  await page.getByRole('button', { name: 'Undo' }).click();
  // Pressing elsewhere has closed the panel.
  await page.getByRole('button', { name: 'Saved views' }).click();
  await expect(views.getByRole('button', { name: 'On <the> road', exact: false }).first()).toBeVisible();
});

test('what is stored meanwhile is a marker, and nothing moves before it is pressed', async ({
  page,
  bank,
  grid,
}) => {
  await scrollTo(grid, 2800);
  await expect(grid.getByText('Fact 99895:')).toBeVisible();
  bank.count += 12;
  const marker = page.getByRole('button', { name: '12 new' });
  await expect(marker).toBeVisible({ timeout: 15_000 });
  await expect(grid.getByText('Fact 99895:')).toBeVisible();
  expect(await scroller(grid).evaluate((box) => box.scrollTop)).toBe(2800);
  await marker.click();
  await expect(grid.getByText('Fact 100011:')).toBeVisible();
  await expect(marker).toHaveCount(0);
});

test('a column sorts where it can and says why where it cannot', async ({ page, grid }) => {
  await grid.getByRole('button', { name: 'Mentioned' }).click();
  await expect(grid.getByText('Fact 0:')).toBeVisible();
  await expect(grid.getByRole('columnheader', { name: 'Mentioned' })).toHaveAttribute(
    'aria-sort',
    'ascending',
  );
  const evidence = grid.getByRole('button', { name: 'Evidence' });
  await expect(evidence).toHaveAttribute('aria-disabled', 'true');
  await evidence.hover();
  await expect(page.getByText(/A server sorts by times only/)).toBeVisible();
});

test.describe('on bad days', () => {
  test.use({ expectedErrors: [/Failed to load resource/] });

  test('a server that dies leaves what was here, and is asked again', async ({ page, memory, grid }) => {
    memory.moods.set('list', { status: 500, detail: 'on fire' });
    await page.getByRole('searchbox', { name: 'Words in the fact' }).fill('lisbon');
    await expect(page.getByRole('group', { name: 'Error' })).toBeVisible({ timeout: 30_000 });
    await expect(grid.getByText('Fact 99999:')).toBeVisible();
    memory.moods.delete('list');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('group', { name: 'Error' })).toHaveCount(0, { timeout: 30_000 });
    await expect(grid.getByText('Fact 99996:')).toBeVisible();
  });

  test('a call that hangs holds up neither the page nor the next question', async ({
    page,
    memory,
    grid,
  }) => {
    const gate = new Gate();
    memory.moods.set('list', gate);
    await scrollTo(grid, 1_400_000);
    await expect(grid.locator('.bar').first()).toBeVisible();
    memory.moods.delete('list');
    await page.getByRole('searchbox', { name: 'Words in the fact' }).fill('rui owes');
    await expect(page.getByRole('status').getByText('20,000 of')).toBeVisible();
    gate.open();
  });
});

test('an empty bank offers ways to fill it', async ({ page, memory, open }) => {
  memory.bank = new FactBank(0);
  await open();
  await page.getByRole('button', { name: 'Memories', exact: true }).first().click();
  await expect(page.getByText('This bank holds no facts yet')).toBeVisible();
  await page.getByRole('button', { name: /^Chat/ }).click();
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible();
});

test('all banks stand one after another under headings', async ({ page, bank, grid }) => {
  bank.count = 30;
  await page.getByRole('button', { name: /^Bank: / }).click();
  await page.getByRole('option', { name: /All banks/ }).click();
  await expect(grid.getByText('default Scripted memory · 30 facts').first()).toBeVisible();
  await scrollTo(grid, 26 * 28);
  await expect(grid.getByText('work Scripted memory · 30 facts').first()).toBeVisible();
});

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('the list, its filters and a selection are accessible', async ({ page, grid }) => {
      test.slow();
      await grid.focus();
      await page.keyboard.press('x');
      const faults = async () => {
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
          .analyze();
        return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
      };
      expect(await faults()).toEqual([]);
      await page.getByRole('button', { name: /^Filters/ }).click();
      await expect(page.getByRole('dialog', { name: 'Filters' })).toBeVisible();
      expect(await faults()).toEqual([]);
    });
  });
}
