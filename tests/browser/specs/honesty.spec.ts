// The rules of honesty, one test or more for each, over the whole panel and the history of injections: whatever stands
// there is looked at, so that a new figure, state or list that breaks a rule fails here without being named.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { App } from '../app';
import type { ChatView } from '../chatView';
import { FactBank } from '../fakes/facts';
import type { ScriptedProvider } from '../fakes/provider';
import { disguised, figures, unfounded } from '../figures';
import type { Figure } from '../figures';
import { seedLongChat } from '../seed';
import { expect, test } from '../test';

const SHOTS = path.resolve(__dirname, '../../../target/shots');
const INSPECTING = readFileSync(path.resolve(__dirname, '../../../docs/inspecting.md'), 'utf8');
/** The sources that the page about the panel tells of. */
const TOLD = new Set([...INSPECTING.matchAll(/^\| `([a-z]+)` \|/gm)].map((row) => row[1] ?? ''));
const FACTS = ['Ana is a vegetarian.', 'Ana lives in Porto since 2019.', 'Rui owes 40 €.'];
const PRICED = 'openai/gpt-4o';

test.use({ viewport: { width: 1440, height: 900 } });

/** A model whose list price is known, at the scripted address. */
async function usePriced(app: App, provider: ScriptedProvider): Promise<void> {
  await app.call('provider.save', {
    config: {
      id: 'openai',
      name: 'OpenAI',
      wire: 'openai_chat',
      baseUrl: provider.baseUrl,
      models: ['gpt-4o'],
      catalogue: 'openai',
    } as never,
    key: provider.key,
  });
}

/** Two turns of a chat with a priced model, the second one shown. */
async function twoTurns(app: App, view: ChatView, provider: ScriptedProvider): Promise<void> {
  await usePriced(app, provider);
  await view.at(await app.chat('Honest', PRICED));
  await view.ask('Where should we eat?');
  await view.ask('And tomorrow?');
}

/** Opens every line that opens, and every line inside of those. */
async function openAll(part: Locator): Promise<void> {
  const closed = part.locator(
    '.disclosure > button[aria-expanded="false"], [data-memory-card][aria-expanded="false"]',
  );
  for (let left = 60; left > 0 && (await closed.count()) > 0; left -= 1) {
    // One card is open at a time: the last of them stays so.
    const lines = part.locator('.disclosure > button[aria-expanded="false"]');
    if ((await lines.count()) > 0) await lines.nth(0).click();
    else break;
  }
  const card = part.locator('[data-memory-card]').nth(0);
  if ((await card.count()) > 0 && (await card.getAttribute('aria-expanded')) === 'false') await card.click();
}

/** The components of a folder of views, with what is drawn. */
function sources(folder: string): { name: string; text: string }[] {
  const root = path.resolve(__dirname, '../../../ui/src/views', folder);
  const names = readdirSync(root, { recursive: true }).map(String);
  return names
    .filter((name) => name.endsWith('.svelte'))
    .map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }));
}

/** Everything in the panel of the shown turn, opened and read. */
async function panelOf(view: ChatView): Promise<Figure[]> {
  await openAll(view.injected);
  const body = view.injected.getByRole('region', { name: 'Body of the request' });
  await expect(body).toBeVisible();
  await expect(view.injected.getByText('the chat so far')).toBeVisible();
  await openAll(view.injected);
  return figures(view.injected);
}

const sourcesOf = (list: readonly Figure[]) => new Set(list.map((one) => one.source));

test.describe('no number without a source', () => {
  test('a figure that does not say where it is from is seen wherever it stands', async ({
    view,
    memory,
    page,
  }) => {
    memory.knows(...FACTS);
    await view.begin();
    await view.ask('Where should we eat?');
    const before = unfounded(await figures(view.injected), TOLD);
    await page.evaluate(() => {
      const panel = document.querySelector('section[aria-label="Injected memories"] .scroll');
      panel?.insertAdjacentHTML('beforeend', '<p>relevance <b>87 %</b></p><p data-source="guess">12</p>');
    });
    const seen = unfounded(await figures(view.injected), TOLD);
    expect(before).toEqual([]);
    expect(seen).toEqual([expect.stringContaining('87 %'), expect.stringContaining('guess')]);
  });

  test('the panel, part by part, opened', async ({ app, view, memory, provider }) => {
    memory.knows(...FACTS);
    await twoTurns(app, view, provider);
    const all = await panelOf(view);
    expect(unfounded(all, TOLD)).toEqual([]);
    // It did look into the parts.
    for (const source of [
      'record',
      'server',
      'provider',
      'clock',
      'counted',
      'priced',
      'cost',
      'simulated',
    ]) {
      expect([...sourcesOf(all)], source).toContain(source);
    }
    expect(all.length).toBeGreaterThan(60);
    await view.injected.screenshot({ path: path.join(SHOTS, 'honesty-panel.png') });
  });

  test('the X-ray', async ({ app, view, memory, provider, page }) => {
    memory.knows(...FACTS);
    await twoTurns(app, view, provider);
    await page.keyboard.press('Control+Shift+X');
    const dialog = page.getByRole('dialog', { name: 'The exact request' });
    await expect(dialog.getByRole('table')).toBeVisible();
    expect(unfounded(await figures(dialog), TOLD)).toEqual([]);
    await dialog.getByText('Against the request before').click();
    await expect(dialog.getByRole('list', { name: 'Pieces that are other' })).toBeVisible();
    const all = await figures(dialog);
    expect(unfounded(all, TOLD)).toEqual([]);
    expect(disguised(all)).toEqual([]);
  });

  test('why not', async ({ view, memory, page }) => {
    memory.knows(...FACTS);
    memory.bank = new FactBank(6);
    await view.begin();
    await view.ask('Where should we eat?');
    await view.part('Why not');
    await view.injected.getByRole('button', { name: /^Memory you expected/ }).click();
    const first = memory.bank.one('fact-3') as { text: string };
    await page.getByRole('option', { name: first.text }).click();
    const answer = view.injected.getByRole('status', { name: 'Why not' });
    await expect(answer).toBeVisible();
    await openAll(answer);
    expect(unfounded(await figures(view.injected), TOLD)).toEqual([]);
  });

  test('learned', async ({ app, view, provider, page }) => {
    await app.call('server.makeDefault', { serverId: 'embedded' });
    provider.say('Fine.');
    await view.begin('Learning');
    await view.ask('Bob keeps 4 bees on the roof. Zoe runs a bakery in Oslo.', 'Fine.');
    const chip = view.answers.last().getByRole('button', { name: /^Learned: / });
    await expect(chip).toHaveAttribute('data-learned', 'complete');
    await chip.click();
    const section = page.getByRole('region', { name: 'Learned', exact: true });
    await expect(section.locator('[data-fact]')).toHaveCount(2);
    await openAll(section);
    const all = await figures(section);
    expect(unfounded(all, TOLD)).toEqual([]);
    expect([...sourcesOf(all)]).toContain('lists');
  });

  test('the history of injections', async ({ app, view, memory, provider, page }) => {
    memory.knows(...FACTS);
    await twoTurns(app, view, provider);
    await page.keyboard.press('Control+Shift+H');
    const history = page.locator('section[aria-label=Memories] .injections');
    await expect(history.getByRole('option')).toHaveCount(2);
    const turns = await figures(history);
    expect(unfounded(turns, TOLD)).toEqual([]);
    expect([...sourcesOf(turns)]).toContain('cost');
    await page.getByRole('radio', { name: 'Never echoed' }).check({ force: true });
    await page.getByRole('textbox', { name: 'Injected in at least so many turns' }).fill('2');
    await expect(page.getByRole('list', { name: 'Memories that never came back' })).toBeVisible();
    expect(unfounded(await figures(history), TOLD)).toEqual([]);
  });
});

test.describe('reconstructed and estimated values look different', () => {
  test('a provider that tells its tokens: what is told has neither the word nor the line', async ({
    app,
    view,
    memory,
    provider,
  }) => {
    memory.knows(...FACTS);
    await twoTurns(app, view, provider);
    const all = await panelOf(view);
    expect(disguised(all)).toEqual([]);
    const cost = all.filter((one) => one.source === 'cost');
    expect(cost.length).toBeGreaterThan(0);
    expect(all.filter((one) => one.estimated).length).toBeGreaterThan(10);
  });

  test('what stood then on a server without versions says that it was put together, and has a source', async ({
    view,
    memory,
  }) => {
    memory.knows(...FACTS);
    await view.begin();
    await view.ask('Where should we eat?');
    const part = await view.part('Then and now');
    await part.getByRole('button', { name: 'What would it get now?' }).click();
    const answer = part.getByRole('group', { name: 'Then and now', exact: true });
    const certainty = answer.locator('[data-certainty]');
    await expect(certainty).toHaveAttribute('data-certainty', 'reconstructed');
    await expect(certainty).toContainText('reconstructed');
    expect(await certainty.evaluate((one) => getComputedStyle(one).borderBottomStyle)).toBe('dotted');
    await answer.getByRole('button', { name: /^Both times, as they were/ }).click();
    const all = await figures(answer);
    expect(unfounded(all, TOLD)).toEqual([]);
    expect([...sourcesOf(all)].sort()).toEqual(['now', 'server']);
  });

  test('one that does not: its tokens are not reported, and what is worked out instead says so', async ({
    app,
    view,
    memory,
    provider,
    page,
  }) => {
    provider.reports = false;
    memory.knows(...FACTS);
    await twoTurns(app, view, provider);
    const all = await panelOf(view);
    expect(unfounded(all, TOLD)).toEqual([]);
    expect(disguised(all)).toEqual([]);
    expect([...sourcesOf(all)]).not.toContain('cost');
    const answer = view.injected.getByRole('region', { name: 'Answer', exact: true });
    await expect(answer.locator('dd').filter({ hasText: 'not reported' })).not.toHaveCount(0);
    await page.keyboard.press('Control+Shift+H');
    const row = page.getByRole('listbox', { name: 'Turns' }).getByRole('option');
    await expect(row).toHaveCount(2);
    const money = (await figures(page.getByRole('listbox', { name: 'Turns' }))).filter(({ text }) =>
      /[$¢]/.test(text),
    );
    expect(money.filter((one) => !one.estimated)).toEqual([]);
    expect(disguised(money)).toEqual([]);
  });
});

test.describe('failed, empty, off and unknown are four states', () => {
  test('four turns have four chips and four panels, and none has the words of another', async ({
    app,
    view,
    memory,
    page,
  }) => {
    const told: Record<string, { chip: string; panel: string }> = {};
    const look = async (state: string) => {
      const chip = view.answers.last().locator(`button[data-memory="${state}"]`);
      await expect(chip).toBeVisible();
      await chip.click();
      const panel = view.injected.locator(`[data-outcome="${state}"]`);
      await expect(panel).toBeVisible();
      told[state] = { chip: (await chip.textContent()) ?? '', panel: (await panel.textContent()) ?? '' };
    };
    const chatId = await view.begin();
    memory.moods.set('recall', { status: 500, detail: 'on fire' });
    await view.ask('First');
    await look('failed');
    memory.moods.delete('recall');
    await view.ask('Second');
    await look('empty');
    await app.call('chat.update', { chatId, settings: { inject_memories: false } });
    await view.ask('Third');
    await look('off');
    // A turn of which nobody noted what memory did.
    const old = await app.chat('Before');
    seedLongChat(app.home, old, 2);
    // The page keeps its own last chat while it is open.
    await page.goto('about:blank');
    await app.prefer({ lastChat: old });
    await page.goto(app.page);
    await expect(view.answers).toHaveCount(1);
    await look('unknown');
    expect(Object.keys(told)).toEqual(['failed', 'empty', 'off', 'unknown']);
    for (const of of ['chip', 'panel'] as const) {
      const words = Object.values(told).map((one) => one[of].trim());
      expect(new Set(words).size, words.join(' | ')).toBe(4);
      const [failed, empty, off, unknown] = words;
      expect(failed).toMatch(/failed/i);
      expect(empty).toMatch(/nothing|new/i);
      expect(off).toMatch(/off|not asked/i);
      expect(unknown).toMatch(/not known/i);
      // What did not happen is not counted.
      expect(words.filter((one) => /\b0\b/.test(one))).toEqual([]);
    }
    // In the history as well.
    await page.keyboard.press('Control+Shift+H');
    const rows = page.getByRole('listbox', { name: 'Turns' }).getByRole('option');
    await expect(rows).toHaveCount(4);
    for (const words of ['memory failed', /nothing found|new bank/, 'not asked', 'not known']) {
      await expect(rows.filter({ hasText: words })).not.toHaveCount(0);
    }
  });

  test('what was handed over: failed, skipped and not known are told apart', async ({
    app,
    view,
    memory,
    page,
  }) => {
    const stored = view.injected.locator('dt', { hasText: /^stored$/ }).locator('+ dd');
    memory.operations = 'failed';
    const chatId = await view.begin();
    await view.ask('First');
    await expect(stored).toContainText('Could not be stored');
    await app.call('chat.update', { chatId, settings: { store_conversations: false } });
    await view.ask('Second');
    await expect(stored).toContainText(/switched off/i);
    const old = await app.chat('Before');
    seedLongChat(app.home, old, 2);
    await app.prefer({ lastChat: old });
    await page.reload();
    await view.answers.last().locator('button[data-memory="unknown"]').click();
    await expect(stored).toContainText('not known');
  });
});

test('a replay shows its price and sample size', async ({ app, view, memory, provider, page }) => {
  test.slow();
  memory.knows(...FACTS);
  await twoTurns(app, view, provider);
  await view.part('What if');
  const part = view.injected.getByRole('form', { name: 'What if' });
  await part.getByRole('checkbox', { name: 'Memory 1 goes in' }).uncheck();
  const price = part.getByRole('status', { name: 'Price' });
  await expect(price).toContainText(/2 requests\s*·\s*about [$\d]/);
  await expect(price).toContainText('1 answer of each');
  await expect(price).toContainText('anecdote');
  const before = await figures(part);
  expect(unfounded(before, TOLD)).toEqual([]);
  expect(disguised(before)).toEqual([]);
  const sent = provider.asked.length;
  await part.getByRole('textbox', { name: 'Answers of each' }).fill('5');
  await expect(price).toContainText('10 requests');
  await expect(price).not.toContainText('anecdote');
  expect(provider.asked.length, 'nothing is sent before the price was seen').toBe(sent);
  await part.getByRole('textbox', { name: 'Answers of each' }).fill('1');
  await part.getByRole('button', { name: 'Send 2 requests' }).click();
  const dialog = page.getByRole('dialog', { name: /^What if: without memory 1/ });
  await expect(dialog.locator('[data-state=done]')).toBeVisible();
  const sum = dialog.getByRole('status', { name: 'How far it is' });
  await expect(sum).toContainText('2 of 2 answers');
  await expect(sum).toContainText('anecdote');
  await expect(sum).toContainText(/[$¢]/);
  const after = await figures(dialog);
  expect(unfounded(after, TOLD)).toEqual([]);
  expect(disguised(after)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'honesty-replay.png') });
  await page.keyboard.press('Escape');
  const past = view.injected.getByRole('list', { name: 'Replays of this turn' });
  await expect(past).toContainText('2 of 2 answers');
  await expect(past).toContainText('anecdote');
  expect(unfounded(await figures(past), TOLD)).toEqual([]);
});

test.describe('nothing is hidden by a limit without “showing n of m”', () => {
  /** Answers a command with what it would say of a store with more. */
  async function answers(page: Page, command: string, change: (answer: never) => object): Promise<void> {
    await page.route(`**/rpc/${command}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: change((await response.json()) as never) });
    });
  }

  test('turns of the history', async ({ page, app, open }) => {
    const chat = await app.chat('A long one');
    seedLongChat(app.home, chat, 500);
    await app.prefer({ lastChat: chat });
    await open();
    await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor();
    await page.keyboard.press('Control+Shift+H');
    await expect(page.getByText('Showing 100 of 250 turns')).toBeVisible();
  });

  test('memories without effect, and those that never came back', async ({ page, view }) => {
    const bank = { serverId: 'embedded', bankId: 'default' };
    const of = (n: number) =>
      Array.from({ length: n }, (_, at) => ({ memoryId: `m${at}`, text: `Fact ${at}`, ...bank }));
    await answers(page, 'injection.uninfluential', () => ({
      items: of(500).map((one) => ({ ...one, inert: 1, unclear: 0, anecdotes: 0, turnId: 't', chatId: 'c' })),
      total: 612,
      tried: 700,
      turns: 500,
      more: true,
    }));
    await answers(page, 'injection.unechoed', () => ({
      items: of(200).map((one) => ({ ...one, shown: 3, looked: 3, lastAt: '2026-05-01T10:00:00Z' })),
      total: 345,
      unknown: 0,
      left: 0,
    }));
    await view.begin();
    await page.keyboard.press('Control+Shift+H');
    await page.getByRole('radio', { name: 'Never decisive' }).check({ force: true });
    await expect(page.getByText('Showing 500 of 612; 700 memories tried')).toBeVisible();
    await expect(page.getByText('from the latest 500 replayed turns')).toBeVisible();
    await page.getByRole('radio', { name: 'Never echoed' }).check({ force: true });
    await expect(page.getByText('Showing 200 of 345')).toBeVisible();
  });

  test('turns of the meter', async ({ page, view, memory, app, provider }) => {
    memory.knows(...FACTS);
    await answers(page, 'chat.meter', (answer: never) => ({ ...(answer as object), total: 130 }));
    await twoTurns(app, view, provider);
    await view.part('Cache and budget');
    await view.injected.getByRole('button', { name: /the chat so far/ }).click();
    await expect(view.injected.getByText('Showing the last 2 of 130 turns.')).toBeVisible();
  });

  test('what is retrieved and not returned, pinned, learned and changed: each cut list tells of how many', async ({
    page,
    view,
    memory,
    app,
  }) => {
    memory.knows(...FACTS);
    const chatId = await view.begin();
    const pin = (n: number) => ({
      chatId,
      serverId: 'scripted',
      bankId: 'default',
      memoryId: `fact-${n}`,
      text: `Pinned ${n}`,
      kind: 'not_here' as const,
    });
    for (let n = 10; n < 40; n += 1) await app.call('chat.setMemory', pin(n) as never);
    await answers(page, 'turn.stages', (answer: never) => {
      const told = answer as { stages: { candidates: object[] } };
      const one = told.stages.candidates[0] ?? {};
      const missed = Array.from({ length: 55 }, (_, at) => ({
        ...one,
        id: `missed-${at}`,
        text: `Missed ${at}`,
        fate: { kind: 'tokens', over: 4, rank: at + 4 },
      }));
      return { ...told, stages: { ...told.stages, candidates: [...told.stages.candidates, ...missed] } };
    });
    await page.reload();
    await view.ask('Where should we eat?');
    await view.part('In this chat');
    await expect(view.injected.getByText('Showing 20 of 30 memories')).toBeVisible();
    await view.part('Retrieved, not returned');
    await expect(view.injected.getByText('Showing 20 of 55')).toBeVisible();
    await view.injected.getByRole('button', { name: 'Show more' }).click();
    await expect(view.injected.getByText('Showing 40 of 55')).toBeVisible();
    expect(unfounded(await figures(view.injected), TOLD)).toEqual([]);
  });

  test('every “Show all” or “Show more” in the views of memory stands beside how many there are', () => {
    const views = ['injected', 'memories/injections'].flatMap((folder) => sources(folder));
    // A list that grows; a text that is folded says its size.
    const cut = views.filter(({ text }) => /\(all = true\)|most \+=/.test(text));
    expect(cut.length).toBeGreaterThan(3);
    expect(cut.filter(({ text }) => !/Showing [^]{0,60} of /.test(text)).map(({ name }) => name)).toEqual([]);
  });
});
