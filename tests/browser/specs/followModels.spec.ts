// Following the model calls of a bank, and the live list when it is empty, cannot be had, or is far too full.
import type { Locator } from '@playwright/test';
import { HOSTILE, expect, faults, live, shot, test } from '../live';

test.setTimeout(120_000);

const run = (place: Locator, id: string) => place.locator(`[data-run="run-${id}"]`);
/** The keys of the lines, from above. */
const order = (place: Locator) =>
  place
    .locator('[data-row]')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-row')?.split('\n').at(-1)));

for (const theme of ['light', 'dark'] as const) {
  test(`model calls show below what caused them where the logs let it, and open with their prompts, ${theme}`, async ({
    log,
    open,
    page,
  }) => {
    await page.emulateMedia({ colorScheme: theme });
    log.kept = true;
    log.knows('Ana lives in Lisbon.');
    await open();
    const place = await live(page);
    await expect(place.getByRole('heading', { name: 'Waiting for the first call' })).toBeVisible();

    // A retain and its extraction, which both logs name the document of.
    await log.client('default', '/memories', {
      items: [{ content: 'Ana moved to Porto.', document_id: 'd1' }],
    });
    log.asked('extract', 'retain', {
      scope: 'retain_extract_facts',
      metadata: { document_id: 'd1' },
      input: [{ role: 'user', content: `Ana moved to Porto. ${HOSTILE}` }],
      output: 'Ana lives in Porto.',
    });
    // What merges observations, which no log names a cause of, and fails.
    // Some time after the retain: the list is by time.
    log.asked(
      'merge',
      'consolidation',
      {
        scope: 'consolidation',
        status: 'error',
        error: 'The model was not to be had.',
        model: null,
        input_tokens: null,
        output_tokens: null,
      },
      -20,
    );
    const extract = run(place, 'extract');
    await expect(extract).toHaveAttribute('data-cause', 'document');
    await expect(extract).toContainText('extract facts');
    await expect(extract).toContainText('scripted-1');
    await expect(extract).toContainText('900 → 40 tokens');
    await expect(extract).toContainText('answered');
    const merge = run(place, 'merge');
    await expect(merge).toContainText('which call caused it: not known');
    await expect(merge).toContainText('1 of 1 failed');
    await expect(merge).toContainText('tokens not told');
    await expect(merge).toContainText('model not told');
    const retained = log.entries.find(({ action }) => action === 'retain')?.id;
    await expect.poll(async () => order(place)).toEqual(['run run-merge', retained, 'run run-extract']);

    // A recall and what it asked a reranker: worked out by operation and time, and marked as that.
    await log.client('default', '/memories/recall', { query: 'Where does Ana live?' });
    const recall = log.entries.find(({ action }) => action === 'recall');
    log.asked('rank', 'recall', { scope: 'rerank', started_at: recall?.started_at, input_tokens: 0 });
    const rank = run(place, 'rank');
    await expect(rank).toHaveAttribute('data-cause', 'time');
    await expect(rank).toContainText('~ by operation and time');
    await expect(place.getByRole('status').filter({ hasText: 'model runs' })).toContainText(
      '2 calls, 3 model runs.',
    );
    expect(await faults(page)).toEqual([]);
    await shot(page, `follow-models-${theme}`);

    await extract.click();
    const panel = page.getByRole('region', { name: 'Model calls of the run' });
    await expect(panel).toContainText('the retain of its document');
    await panel
      .getByRole('list', { name: 'Calls of the run' })
      .getByRole('button', { name: 'extract facts' })
      .click();
    await expect(panel).toContainText('Ana moved to Porto. <img src=x');
    await expect(panel.locator('img')).toHaveCount(0);
    expect(await faults(page)).toEqual([]);
    await shot(page, `follow-models-open-${theme}`);
    await panel.getByRole('button', { name: 'Open it' }).click();
    await expect(page.getByRole('region', { name: 'Memories of the call' })).toContainText(
      'Handed to memory',
    );

    // Arrows go through calls and runs alike.
    await merge.focus();
    await page.keyboard.press('ArrowDown');
    await expect(place.locator(`[data-call="${retained ?? ''}"][data-row]`)).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(extract).toBeFocused();
  });
}

test('a look asks for one model call while nothing comes, and for a page only when something did', async ({
  log,
  open,
  page,
}) => {
  log.kept = true;
  log.asked('one', 'consolidation', { scope: 'consolidation' });
  await open();
  const place = await live(page);
  await expect(run(place, 'one')).toBeVisible();
  const asked = () => log.calls.filter(({ path }) => path.endsWith('/llm-requests'));
  const pages = () => asked().filter(({ query }) => query.get('limit') !== '1').length;
  expect(pages()).toBe(1);
  const before = asked().length;
  await log.until(() => asked().length >= before + 3);
  expect(pages()).toBe(1);
  log.asked('two', 'reflect', { scope: 'reflect' });
  await expect(run(place, 'two')).toBeVisible();
  expect(pages()).toBe(2);
});

test('a log of model calls that is off, that fails and that is empty are three things, and the calls go on', async ({
  log,
  open,
  page,
}) => {
  log.kept = true;
  log.modelsFail = true;
  log.knows('Ana lives in Lisbon.');
  await log.client('default', '/memories/recall', { query: 'Where does Ana live?' });
  await open();
  const place = await live(page);
  await expect(place.locator('[data-call]')).toHaveCount(1);
  await expect(place).toContainText(/Model calls are asked again in \d+ s/);
  await expect(place.getByText('cannot be followed')).toHaveCount(0);
  await shot(page, 'follow-models-fail');
  log.modelsFail = false;
  log.asked('late', 'consolidation', { scope: 'consolidation' });
  await expect(run(place, 'late')).toBeVisible({ timeout: 40_000 });
  await expect(place.getByText('are asked again')).toHaveCount(0);
});

for (const theme of ['light', 'dark'] as const) {
  test(`logs that are off, not offered or out of reach each say so, ${theme}`, async ({
    log,
    open,
    page,
  }) => {
    await page.emulateMedia({ colorScheme: theme });
    log.traced = false;
    await open();
    const place = await live(page);
    await expect(place).toContainText('keeps no audit log now');
    await expect(place).toContainText(
      'The log of model calls cannot be followed. It is switched off on this memory server.',
    );
    await expect(place).toContainText('HINDSIGHT_API_LLM_TRACE_ENABLED=true');
    expect(log.calls.filter(({ path }) => path.endsWith('/llm-requests'))).toEqual([]);
    expect(await faults(page)).toEqual([]);
    await shot(page, `follow-off-${theme}`);

    log.dead = true;
    await expect(place.getByRole('button', { name: 'Ask now' })).toBeVisible();
    await expect(place.getByRole('heading', { name: 'Nothing seen so far' })).toBeVisible();
    expect(await faults(page)).toEqual([]);
    await shot(page, `follow-dead-${theme}`);
  });

  test(`a server without logs says so in its place, ${theme}`, async ({ log, open, page }) => {
    await page.emulateMedia({ colorScheme: theme });
    log.version = '0.8.4';
    await open();
    await page.getByRole('button', { name: 'Banks', exact: true }).click();
    await page.getByRole('button', { name: 'default on Scripted memory' }).click();
    const nav = page.getByRole('navigation', { name: 'Sections of the bank' });
    const section = nav.getByRole('button', { name: 'Live', exact: true });
    await expect(section).toHaveAttribute('aria-disabled', 'true');
    // It says that it is disabled, and still opens on the reason.
    await section.press('Enter');
    await expect(page.getByText('Live is not offered here')).toBeVisible();
    await expect(page.getByText('It needs Hindsight 0.9; this memory server is 0.8.4.')).toBeVisible();
    await shot(page, `follow-none-${theme}`);
    expect(log.calls.filter(({ path }) => /audit-logs|llm-requests/.test(path))).toEqual([]);
  });

  test(`2,000 calls with endless, backward and hostile words stay a bounded page, ${theme}`, async ({
    log,
    open,
    page,
  }) => {
    await page.emulateMedia({ colorScheme: theme });
    log.kept = true;
    const words = [
      'x'.repeat(50_000),
      `${HOSTILE} `.repeat(1500),
      'أين تعيش آنا؟ '.repeat(3500),
      'Where does Ana live, and with whom? '.repeat(1400),
    ];
    const query = (n: number) => `${n} ${words[n % words.length] ?? ''}`;
    log.crowd(
      'default',
      Array.from({ length: 1500 }, (_, n) => query(n)),
    );
    for (let n = 0; n < 60; n += 1)
      log.asked(
        `m${n}`,
        'consolidation',
        { scope: `step ${HOSTILE} ${'y'.repeat(400)}`, model: 'أ'.repeat(300) },
        n,
      );
    await open();
    const place = await live(page);
    const rows = place.locator('[data-row]');
    await expect(rows).toHaveCount(100);
    // The rest comes in pages, as other clients go on asking.
    for (let wave = 30; wave < 40; wave += 1) {
      log.crowd(
        'default',
        Array.from({ length: 50 }, (_, n) => query(wave * 50 + n)),
      );
      const newest = log.entries[0]?.id ?? '';
      await expect(place.locator(`[data-call="${newest}"]`)).toHaveCount(1);
    }
    expect(log.entries).toHaveLength(2000);
    await expect(place).toContainText('Showing lines 1–100 of 560: 500 calls, 60 model runs.');
    await expect(place).toContainText('1,450 earlier entries of the log not shown.');
    await expect(place).toContainText('50 older rows let go.');
    await expect(place).not.toContainText('came faster');
    const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
    expect(await elements()).toBeLessThan(3000);
    await page.mouse.move(0, 0);
    await shot(page, `follow-overfull-${theme}`);
    await place.getByText('Times are the server’s').scrollIntoViewIfNeeded();
    await shot(page, `follow-overfull-end-${theme}`);
    // No line is higher than two, and nothing sticks out.
    const worst = await rows.evaluateAll((all) =>
      Math.max(...all.map((one) => one.getBoundingClientRect().height)),
    );
    expect(worst).toBeLessThan(64);
    const wide = await place.evaluate((one) => one.scrollWidth - one.clientWidth);
    expect(wide).toBeLessThanOrEqual(0);

    const older = place.getByRole('button', { name: 'Older' });
    await older.click();
    await expect(place).toContainText('Showing lines 101–200 of');
    // An older page stays where it is while newer calls come.
    const first = (await order(place))[0];
    log.crowd('default', ['Something new']);
    await expect(place).toContainText('51 older rows let go.');
    expect((await order(place))[0]).toBe(first);
    expect(await elements()).toBeLessThan(3000);

    await rows.nth(90).click();
    const panel = page.getByRole('region', { name: /^(Memories of the call|Model calls of the run)$/ });
    // However far down the list, what opens is in sight.
    await expect(panel.getByRole('heading', { level: 3 })).toBeInViewport();
    // It was too far back to be read by itself, and is read now.
    await expect(rows.nth(90)).toContainText('1 memory');
    await shot(page, `follow-overfull-open-${theme}`);
    expect(await elements()).toBeLessThan(3000);
    expect(await faults(page)).toEqual([]);
  });
}
