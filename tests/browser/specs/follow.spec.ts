// Following a bank: what another client asks shows up live beside this app's own turns, opens in the parts of the panel, and
// what only that client knows is said as not known.
import { MEMORY_KEY } from '../app';
import { HOSTILE, expect, faults, live, shot, test } from '../live';

test.setTimeout(90_000);

for (const theme of ['light', 'dark'] as const) {
  test(`a log that is off is switched on and another client's recall shows up and opens, ${theme}`, async ({
    log,
    open,
    page,
  }) => {
    await page.emulateMedia({ colorScheme: theme });
    log.knows('Ana lives in Lisbon.', `Ana is vegetarian. ${HOSTILE}`);
    await open();
    const place = await live(page);
    await expect(place).toContainText('keeps no audit log now');
    await place.getByRole('button', { name: 'Keep an audit log' }).click();
    await expect(place.getByText('keeps no audit log now')).toHaveCount(0);
    await expect(place.getByRole('heading', { name: 'Waiting for the first call' })).toBeVisible();
    await expect(place.getByRole('button', { name: 'Copy base URL' })).toBeVisible();
    await expect(place).toContainText(log.url);
    await expect(page.getByText(MEMORY_KEY)).toHaveCount(0);
    expect(await faults(page)).toEqual([]);
    await shot(page, `follow-empty-${theme}`);

    const query = `Where does Ana live? ${HOSTILE}`;
    await log.client('default', '/memories/recall', { query, budget: 'mid' });
    const row = place
      .getByRole('list', { name: 'Calls' })
      .getByRole('button')
      .filter({ hasText: 'Where does' });
    await expect(row).toHaveCount(1);
    await expect(row).toContainText('2 memories');
    await expect(row).toContainText('another client');
    await row.press('Enter');
    const panel = page.getByRole('region', { name: 'Memories of the call' });
    const cards = panel.getByRole('list', { name: 'Memories that came back' }).locator('[data-memory-card]');
    await expect(cards).toHaveCount(2);
    for (const mark of ['injection not known', 'echo not known', 'influence not known'])
      await expect(cards.first()).toContainText(mark);
    const unknown = panel.getByRole('region', { name: 'What only the client knows' });
    await expect(unknown).toContainText('not known: another client’s prompt');
    await expect(unknown).toContainText('off: the request to the model never passed through this app');
    await cards.nth(1).click();
    // Nobody here knows whether it stood in a block.
    await expect(panel.getByRole('cell', { name: 'not there' })).toHaveCount(0);
    await expect(panel).toContainText('Ana is vegetarian. <img');
    await expect(panel.getByRole('button', { name: 'Pin to this chat' })).toHaveCount(0);
    expect(await faults(page)).toEqual([]);
    await shot(page, `follow-open-${theme}`);
  });
}

test('a turn of this app is recognised beside another client, whose call comes with its model calls', async ({
  log,
  view,
  page,
}) => {
  log.kept = true;
  log.clockOff = 120_000;
  log.knows('Ana lives in Lisbon.');
  await view.begin();
  await view.ask('Where does Ana live?');
  await expect.poll(() => log.entries.filter(({ action }) => action === 'retain').length).toBe(1);
  const menu = page.getByRole('button', { name: 'More about injections' });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Follow this bank…' }).click();
  const place = page.getByRole('region', { name: 'Live', exact: true });
  const list = place.getByRole('list', { name: 'Calls' });
  await expect(list.locator('[data-own="true"]')).toHaveCount(2);
  const bank = log.entries[0]?.bank_id ?? '';
  const began = new Date(Date.now() + log.clockOff + 10).toISOString();
  log.models = [
    { id: 'l1', operation: 'reflect', scope: 'reflect', trace_id: 't', started_at: began, ended_at: began,
      duration_ms: 9, input_tokens: 900, output_tokens: 40, status: 'success' },
  ]; // prettier-ignore
  await log.client(bank, '/reflect', { query: 'Who is Ana?' });
  const other = list.getByRole('button').filter({ hasText: 'Who is Ana?' });
  await expect(other).toHaveAttribute('data-own', 'false');
  await other.click();
  const panel = page.getByRole('region', { name: 'Memories of the call' });
  await expect(panel.getByRole('region', { name: 'Paragraph' })).toContainText('Ana likes quiet places.');
  await expect(panel.getByRole('region', { name: 'Model calls' })).toBeVisible();
  await expect(panel.getByRole('region', { name: 'Why not' })).toContainText('off');
  // Its own turn leads back to the chat.
  await list.locator('[data-own="true"]').filter({ hasText: 'recall' }).click();
  await panel.getByRole('button', { name: 'Open its turn' }).click();
  await expect(view.injected).toContainText('Where does Ana live?');
});

test('arrows move, Escape closes, far too much is counted, and a dead server comes back', async ({
  log,
  open,
  page,
}) => {
  log.kept = true;
  log.knows('Ana lives in Lisbon.');
  for (let n = 0; n < 60; n += 1) await log.client('default', '/memories/recall', { query: `Question ${n}` });
  await log.client('default', '/directives', { name: 'T' });
  await open();
  const place = await live(page);
  const rows = place.getByRole('list', { name: 'Calls' }).getByRole('button');
  await expect(rows).toHaveCount(49);
  await expect(place.getByText('11 earlier entries of the log not shown.')).toBeVisible();
  await expect(place.getByText('1 entry of other kinds is in the audit log only.')).toBeVisible();
  // Rows are read over some looks; none is left unread.
  await expect(rows.filter({ hasText: 'being read' })).toHaveCount(0, { timeout: 30_000 });
  await shot(page, 'follow-lots');
  await rows.filter({ hasText: /Question 59\b/ }).focus();
  await expect(rows.filter({ hasText: /Question 59\b/ })).toHaveAttribute('tabindex', '0');
  await page.keyboard.press('ArrowDown');
  await expect(rows.filter({ hasText: /Question 58\b/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Memories of the call' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'Memories of the call' })).toHaveCount(0);

  log.dead = true;
  await expect(place.getByRole('button', { name: 'Ask now' })).toBeVisible();
  await expect(rows).toHaveCount(49);
  log.dead = false;
  await log.client('default', '/memories/recall', { query: 'Back again' });
  // It is asked again by itself.
  await expect(rows.filter({ hasText: 'Back again' })).toHaveCount(1, { timeout: 40_000 });
  await expect(place.getByRole('button', { name: 'Ask now' })).toHaveCount(0);

  // Another bank in the same list, and nothing is asked when nobody looks.
  await place.getByRole('button', { name: 'Follow also' }).click();
  await page.getByRole('menuitem', { name: 'work' }).click();
  await log.client('work', '/memories/recall', { query: 'In the other bank' });
  await expect(place.getByRole('button', { name: 'Stop following work' })).toBeVisible();
  await page.getByRole('button', { name: 'Statistics', exact: true }).click();
  await expect(place).toHaveCount(0);
});
