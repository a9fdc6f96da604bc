// The timeline: the strip and its zoom, the clocks, the undated, going to a date, and a hundred thousand facts.
import { LargeBank, elements, faults, openTab } from '../browse';
import { expect, test } from '../test';

test.use({ setUp: 'provider', sample: true });

test.beforeEach(async ({ app }) => {
  test.slow();
  await app.call('engine.loadSample', {});
});

test('a bar zooms, the whole span comes back, and another clock counts all facts', async ({ page, open }) => {
  await open();
  await openTab(page, 'Timeline');
  const strip = page.getByRole('toolbar', { name: /^Facts by when/ });
  await expect(strip.getByRole('button').first()).toBeVisible({ timeout: 30_000 });
  await page.getByRole('radio', { name: 'Said' }).check({ force: true });
  const said = page.getByRole('toolbar', { name: 'Facts by when each was said' });
  // The bars of the clock before stay until the new ones are counted.
  await expect(said).toHaveAttribute('aria-busy', 'false');
  const full = said.getByRole('button', { name: /: [1-9][\d,]* facts?$/ }).first();
  const label = (await full.getAttribute('aria-label')) ?? '';
  const many = /: ([\d,]+) facts?$/.exec(label)?.[1] ?? '';
  await full.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(new RegExp(`^\\s*${many} of [^]*in this span`))).toBeVisible({
    timeout: 30_000,
  });
  await page.getByRole('button', { name: 'Whole span' }).click();
  await expect(page.getByText(/in this span/)).toHaveCount(0);
});

test('facts without a date of their own are counted and shown in a bin', async ({ page, open }) => {
  await open();
  await openTab(page, 'Timeline');
  const bin = page.getByRole('region', { name: 'Undated' });
  await expect(bin).toBeVisible({ timeout: 30_000 });
  const many = /([\d,]+)/.exec((await bin.textContent()) ?? '')?.[1] ?? '';
  await bin.getByRole('button', { name: /^Undated/ }).click();
  await expect(bin.getByText(`${many} of ${many}`)).toBeVisible({ timeout: 30_000 });
});

test('a hundred thousand facts: few elements, few requests, any date at once', async ({ page, open }) => {
  const bank = new LargeBank(100_000);
  await bank.install(page);
  await open();
  await openTab(page, 'Timeline');
  const list = page.getByRole('listbox', { name: 'Facts, the latest first' });
  await expect(list.getByText('Fact number 99999 <img src=x onerror=alert(1)>')).toBeVisible({
    timeout: 30_000,
  });
  expect(await elements(page)).toBeLessThan(2000);
  await list.focus();
  await page.keyboard.press('End');
  await expect(list.getByText('Fact number 0 <img src=x onerror=alert(1)>')).toBeVisible();
  expect(await elements(page)).toBeLessThan(2000);
  await page.getByLabel('Go to').fill('2020-07-01');
  await expect(list.getByText('July 2020').or(list.getByText('June 2020')).first()).toBeVisible();
  expect(await elements(page)).toBeLessThan(2000);
  // A window at a time, and never the whole bank.
  const read = bank.asked.reduce((sum, filter) => sum + (filter.limit ?? 100), 0);
  expect(read).toBeLessThan(3000);
});

for (const theme of ['light', 'dark'] as const) {
  test(`axe has nothing against the timeline in ${theme}`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open();
    await openTab(page, 'Timeline');
    await expect(page.getByRole('option').first()).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: /^Undated/ }).click();
    await expect(page.getByRole('region', { name: 'Undated' }).locator('.bin button').first()).toBeVisible();
    expect(await faults(page)).toEqual([]);
  });
}
