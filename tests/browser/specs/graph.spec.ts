// The graph of the sample bank: drawn from links and then at rest, walked by keyboard, switched by kind of link, the
// same as a table, and a wheel that scrolls the page until the picture is pressed.
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { elements, faults, openTab } from '../browse';
import { expect, test } from '../test';

test.use({ setUp: 'provider', sample: true });

test.beforeEach(async ({ app, page }) => {
  test.slow();
  await page.addInitScript(() => {
    const own = window.requestAnimationFrame.bind(window);
    Object.assign(window, { frames_asked: 0 });
    window.requestAnimationFrame = (callback) => {
      (window as unknown as { frames_asked: number }).frames_asked += 1;
      return own(callback);
    };
  });
  await app.call('engine.loadSample', {});
});

/** How many colours the picture has: a blank one has the ground alone. */
function inksOn(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(data?.buffer ?? new ArrayBuffer(0))).size;
  });
}

const COUNTS = /^Showing [\d,]+ of [\d,]+ nodes, [\d,]+ of [\d,]+ links?$/;

test('a settled graph asks for no frame, and says how much of the bank it shows', async ({ page, open }) => {
  await open();
  await openTab(page, 'Graph');
  const stage = page.getByRole('application', { name: /^Graph of/ });
  await expect(stage).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });
  await expect(page.getByText(COUNTS)).toBeVisible();
  for (const mode of ['Around', 'Facts', 'Entities']) {
    await page.getByRole('radio', { name: mode, exact: true }).check({ force: true });
    await expect(page.getByText(COUNTS)).toBeVisible({ timeout: 30_000 });
    await expect(stage).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });
    await page.waitForTimeout(300);
    const asked = () => page.evaluate(() => (window as unknown as { frames_asked: number }).frames_asked);
    const before = await asked();
    await page.waitForTimeout(1500);
    expect((await asked()) - before, mode).toBe(0);
    expect(await inksOn(page), `${mode} is drawn`).toBeGreaterThan(3);
  }
  expect(await elements(page)).toBeLessThan(2000);
});

test('arrows walk from node to node, Enter opens, and the table has the same nodes', async ({
  page,
  open,
}) => {
  await open();
  await openTab(page, 'Graph');
  const stage = page.getByRole('application', { name: /^Graph of/ });
  await expect(stage).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });
  const nodes = Number(/^Graph of (\d+) nodes/.exec((await stage.getAttribute('aria-label')) ?? '')?.[1]);
  await page.getByRole('button', { name: 'As a table' }).focus();
  await page.keyboard.press('Tab');
  while (!(await stage.evaluate((node) => node === document.activeElement))) await page.keyboard.press('Tab');
  const card = page.getByRole('group', { name: 'The node' });
  const seen = new Set<string>();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp', 'ArrowUp', 'ArrowRight']) {
    await page.keyboard.press(key);
    await expect(card).toBeVisible();
    seen.add((await card.textContent()) ?? '');
  }
  expect(seen.size).toBeGreaterThan(1);
  await page.getByRole('button', { name: 'As a table' }).click();
  await expect(page.getByRole('table', { name: 'Nodes' })).toHaveAttribute(
    'aria-rowcount',
    String(nodes + 1),
  );
  // The list has measured itself once it draws what is in sight, and moves no more under the press.
  const rows = page.getByRole('table', { name: 'Nodes' }).getByRole('row');
  await expect.poll(() => rows.count()).toBeGreaterThan(10);
  const fact = rows.filter({ hasText: /world|observation/ }).first();
  await fact.locator('button.name').click();
  await expect(page.getByRole('region', { name: 'Memory', exact: true })).toBeVisible();
});

test('a kind of link is switched off and on, and the count follows', async ({ page, open }) => {
  await open();
  await openTab(page, 'Graph');
  const counts = page.getByText(COUNTS);
  await expect(counts).toBeVisible({ timeout: 60_000 });
  const before = await counts.textContent();
  const names = page.getByRole('group', { name: 'Kinds of links' }).getByRole('button', { name: /^Names/ });
  await names.click();
  await expect(names).toHaveAttribute('aria-pressed', 'false');
  await expect(counts).not.toHaveText(before ?? '');
  await names.click();
  await expect(counts).toHaveText(before ?? '');
});

test('the picture is written as a file whose path is shown', async ({ page, open }) => {
  await open();
  await openTab(page, 'Graph');
  const stage = page.getByRole('application', { name: /^Graph of/ });
  await expect(stage).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Save as PNG' }).click();
  const note = page.getByRole('status').filter({ hasText: 'Saved as' });
  await expect(note).toBeVisible();
  const path = await note.locator('code').innerText();
  expect(path).toMatch(/downloads[\\/]graph-sample\.png$/);
  const bytes = await readFile(path);
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  expect(bytes.length).toBeGreaterThan(2000);
  await note.getByRole('button', { name: 'Close this note' }).click();
  await expect(note).toHaveCount(0);
});

test('the wheel zooms with Ctrl or after a press, and is the page’s else', async ({ page, open }) => {
  await open();
  await openTab(page, 'Graph');
  const stage = page.getByRole('application', { name: /^Graph of/ });
  await expect(stage).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });
  const prevented = (ctrlKey: boolean) =>
    stage.locator('canvas').evaluate((canvas, ctrl) => {
      const event = new WheelEvent('wheel', { deltaY: 60, ctrlKey: ctrl, bubbles: true, cancelable: true });
      canvas.dispatchEvent(event);
      return event.defaultPrevented;
    }, ctrlKey);
  expect(await prevented(false)).toBe(false);
  expect(await prevented(true)).toBe(true);
  await stage.click({ position: { x: 5, y: 5 } });
  expect(await prevented(false)).toBe(true);
});

for (const theme of ['light', 'dark'] as const) {
  test(`axe has nothing against the graph in ${theme}`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open();
    await openTab(page, 'Graph');
    const stage = page.getByRole('application', { name: /^Graph of/ });
    await expect(stage).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });
    expect(await faults(page)).toEqual([]);
    await page.getByRole('button', { name: 'As a table' }).click();
    expect(await faults(page)).toEqual([]);
  });
}
