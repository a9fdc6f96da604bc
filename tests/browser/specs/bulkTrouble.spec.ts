// A memory server that dies in the middle of a bulk run: the page says how far it came and what is not known, and once the
// server is back the run goes on or is taken back, as one likes. What the journal keeps over a crash is proved in Rust.
import type { Page } from '@playwright/test';
import { FactBank } from '../fakes/facts';
import { expect, test } from '../test';

// While the server is dead, the page asks for lists in vain.
test.use({ setUp: 'provider and memory', expectedErrors: [/Failed to load resource/] });

/** Of 60 facts 12 are about the flight; 4 of those are observations, which follow their facts. */
const CHANGES = 8;

/** Invalidates all facts about the flight and opens the list of changes at the run. */
async function begin(page: Page) {
  await page.getByRole('tab', { name: 'List' }).click();
  await page.getByRole('searchbox', { name: 'Words in the fact' }).fill('flight to lisbon');
  await expect(page.getByText(/^12 of/).first()).toBeVisible();
  await page.getByRole('grid', { name: 'Facts' }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('i');
  const panel = page.getByRole('dialog', { name: 'Invalidate the selected facts' });
  await expect(panel).toContainText('8 of 12 facts will change');
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Changes' }).click();
}

const newest = (page: Page) => page.getByRole('list', { name: 'Runs of changes' }).locator('> li').first();

test('a run that the server’s death cut off says so, goes on, and can be taken back', async ({
  page,
  memory,
  open,
}) => {
  test.slow();
  const bank = (memory.bank = new FactBank(60));
  await open();
  await page.getByRole('button', { name: 'Memories', exact: true }).first().click();

  memory.diesAfter = 4;
  await begin(page);
  const run = newest(page);
  await expect(run).toContainText('Interrupted', { timeout: 60_000 });
  await expect(run.getByRole('group', { name: 'Error' })).toBeVisible();
  await expect(run).toContainText(/\d waiting/);
  expect(bank.invalidated, 'what arrived stands').toBeGreaterThanOrEqual(4);
  expect(bank.invalidated).toBeLessThan(CHANGES);

  memory.dead = false;
  await run.getByRole('button', { name: 'Resume' }).click();
  await expect(run).toContainText(`${CHANGES} of ${CHANGES} changed`, { timeout: 60_000 });
  await expect(run).toContainText('Done');
  expect(bank.invalidated).toBe(CHANGES);

  // Also the way back may be cut off, and goes on as the way back.
  memory.diesAfter = 3;
  await run.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(run).toContainText('Interrupted', { timeout: 60_000 });
  memory.dead = false;
  await run.getByRole('button', { name: 'Resume' }).click();
  await expect(run).toContainText(`${CHANGES} taken back`, { timeout: 60_000 });
  expect(bank.invalidated).toBe(0);
});

test('a run that was cut off is taken back without going on first', async ({ page, memory, open }) => {
  test.slow();
  const bank = (memory.bank = new FactBank(60));
  await open();
  await page.getByRole('button', { name: 'Memories', exact: true }).first().click();
  memory.diesAfter = 4;
  await begin(page);
  const run = newest(page);
  await expect(run).toContainText('Interrupted', { timeout: 60_000 });
  memory.dead = false;
  await run.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(run).toContainText('Undone', { timeout: 60_000 });
  await expect(run).toContainText('taken back');
  expect(bank.invalidated).toBe(0);
});
