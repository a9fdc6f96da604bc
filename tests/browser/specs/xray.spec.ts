// The X-ray shows the request as it went out: on every wire the hash of what the page shows is the hash of what the
// provider got. Beside it: what each origin takes, which bytes are whose, and what is other than in the request before.
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { PROVIDER_KEY } from '../app';
import { WIRES, WiredProvider } from '../fakes/wires';
import type { Wire } from '../fakes/wires';
import { expect, test } from '../test';

const FACTS = ['Ana is vegetarian.', 'Ana likes "small" places\nand tascas é 🐟.', 'Rui owes 40 €.'];
/** Opens the X-ray of the selected answer by its key. */
async function xrayOf(page: Page): Promise<Locator> {
  await page.keyboard.press('Control+Shift+X');
  return page.getByRole('dialog', { name: 'The exact request' });
}

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

test.use({ setUp: 'nothing' });

for (const spoken of WIRES) {
  test(`what the page shows as sent on ${spoken.name} is what the provider got, by its hash`, async ({
    app,
    view,
    memory,
    page,
  }) => {
    const provider = new WiredProvider(spoken);
    await provider.start();
    try {
      memory.knows(...FACTS);
      await app.useMemory(memory);
      await app.prefer({ welcomed: true });
      const chatId = await chatOn(app, spoken, provider);
      await app.call('chat.update', { chatId, systemPrompt: 'Be "kind".\tAlways.' });
      await view.at(chatId);
      await view.ask('Where should we eat?', 'Seen.');
      // The second request has history, and facts that have not changed.
      await view.send('And "there" \\ tomorrow? 🐟');
      await expect(view.answers).toHaveCount(2);
      await expect(view.answers.last()).toContainText('Seen.');
      await expect(view.sendButton).toBeVisible();
      expect(provider.asked).toHaveLength(2);
      const got = provider.asked[1]?.body ?? '';

      const dialog = await xrayOf(page);
      const body = dialog.getByRole('region', { name: 'Body of the request, large' });
      await expect(body).toBeVisible();
      const shown = await body.evaluate((node) => node.textContent ?? '');
      expect(sha256(shown)).toBe(sha256(got));
      await expect(view.injected.getByText(sha256(got).slice(0, 8)).first()).toBeAttached();

      // Each memory is marked, and is itself and nothing else.
      for (const [at, fact] of FACTS.entries()) {
        const marked = body.locator(`[data-memory="fact-${at + 1}"]`);
        expect(await marked.evaluate((node) => node.textContent)).toBe(JSON.stringify(fact).slice(1, -1));
      }
    } finally {
      await provider.stop();
    }
  });
}

async function chatOn(
  app: Parameters<Parameters<typeof test>[2]>[0]['app'],
  { wire, platform, key }: Wire,
  provider: WiredProvider,
): Promise<string> {
  await app.call('provider.save', {
    config: {
      id: 'wired',
      name: 'Wired',
      wire,
      baseUrl: provider.baseUrl,
      models: ['m'],
      quirks: {
        maxTokensField: 'auto',
        streamOptions: true,
        midSystem: 'auto',
        listContent: true,
        sampling: true,
      } as never,
      platform,
      catalogue: null,
    },
    key: key ?? PROVIDER_KEY,
  });
  return app.chat('On a wire', 'wired/m');
}

test.describe('on one wire', () => {
  test.use({ setUp: 'provider and memory' });

  test('memories and bytes light each other up, an origin alone can be put in the light', async ({
    view,
    memory,
    page,
  }) => {
    memory.knows(...FACTS);
    await view.begin();
    await view.ask('Where should we eat?');
    const dialog = await xrayOf(page);
    const body = dialog.getByRole('region', { name: 'Body of the request, large' });
    const memories = dialog.getByRole('list', { name: 'Memories in the request' });
    await expect(memories.getByRole('listitem')).toHaveCount(3);
    await memories.getByRole('button').nth(1).click();
    await expect(body.locator('[data-memory="fact-2"]')).toHaveClass(/picked/);
    await body.locator('[data-memory="fact-3"]').click();
    await expect(memories.getByRole('button').nth(2)).toHaveAttribute('aria-pressed', 'true');

    const table = dialog.getByRole('table', { name: 'What each origin takes' });
    const row = table.getByRole('row', { name: /your message/ });
    await row.getByRole('button').click();
    await expect(row.getByRole('button')).toHaveAttribute('aria-pressed', 'true');
    await expect(body.locator('[data-memory="fact-1"]')).toHaveClass(/dim/);
    await expect(body.locator('.run.user').first()).not.toHaveClass(/dim/);
    // Figures: ours are estimates, the provider's own are told apart, money is not known at a model without a price.
    await expect(row).toContainText(/~\d+/);
    await expect(dialog).toContainText('11 reported by the provider');
    await expect(dialog).toContainText('What input costs at this model is not known');
    await expect(table.getByRole('row', { name: /^M memory/ })).toContainText(/ms/);
    await expect(table.getByRole('row', { name: /syntax/ })).toContainText('not known');
  });

  test('what is other than in the request before is told by origin, with its words', async ({
    view,
    memory,
    page,
  }) => {
    memory.knows(...FACTS);
    await view.begin();
    await view.ask('Where should we eat?');
    const dialog = await xrayOf(page);
    await dialog.getByText('Against the request before').click();
    await expect(dialog).toContainText('This was the first request of its branch');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();

    memory.facts = [
      { id: 'fact-1', text: 'Ana is vegan.', type: 'world' },
      { id: 'fact-9', text: 'Ana sleeps late.', type: 'world' },
    ];
    await view.ask('And tomorrow?');
    await page.keyboard.press('Control+Shift+X');
    await dialog.getByText('Against the request before').click();
    const pieces = dialog.getByRole('list', { name: 'Pieces that are other' });
    await expect(pieces.getByRole('listitem').filter({ hasText: 'vegan' })).toContainText('changed');
    await expect(pieces.getByRole('listitem').filter({ hasText: 'Ana sleeps late.' })).toContainText('new');
    await expect(pieces.getByRole('listitem').filter({ hasText: 'Rui owes 40 €.' })).toContainText('gone');
    // The question of then is history now, with the same words: that is no change.
    await expect(pieces.getByText('Where should we eat?', { exact: true })).toHaveCount(0);
    await expect(dialog).toContainText(/The first 43 of \d+ bytes are those of the request before\s+it/);
  });

  for (const theme of ['light', 'dark'] as const) {
    test(`it can be used by everybody, ${theme}`, async ({ app, view, memory, page }) => {
      await app.prefer({ theme });
      memory.knows(...FACTS);
      await view.begin();
      await view.ask('Where should we eat?');
      await view.ask('And tomorrow?');
      const dialog = await xrayOf(page);
      await expect(dialog.getByRole('table')).toBeVisible();
      await page.screenshot({ path: `results/xray-${theme}.png` });
      expect((await new AxeBuilder({ page }).include('[role=dialog]').analyze()).violations).toEqual([]);
      await dialog.getByText('Against the request before').click();
      await expect(dialog.getByRole('list', { name: 'Pieces that are other' })).toBeVisible();
      await page.screenshot({ path: `results/xray-changes-${theme}.png` });
      expect((await new AxeBuilder({ page }).include('[role=dialog]').analyze()).violations).toEqual([]);
    });
  }
});

test.describe('times and money', () => {
  test.use({ setUp: 'provider and memory' });

  test('the meter tells what memory took and compares placements, and one press changes it', async ({
    app,
    view,
    memory,
    page,
  }) => {
    memory.knows(...FACTS);
    const chatId = await view.begin();
    await view.ask('Where should we eat?');
    await view.part('Cache and budget');
    await expect(view.injected).toContainText('first request of its branch');
    await view.injected.getByRole('button', { name: /in another place/ }).click();
    await expect(view.injected).toContainText('With two turns or more');
    await view.ask('And tomorrow?');
    await expect(view.injected).toContainText(/Memory changed the prefix at byte \d+/);
    await expect(view.injected).toContainText('not reported');
    await view.injected.getByRole('button', { name: /in another place/ }).click();
    const placements = view.injected.getByRole('list', { name: 'Placements compared' });
    await expect(placements.getByRole('listitem')).toHaveCount(5);
    await expect(placements.getByRole('listitem').filter({ hasText: 'The default' })).toContainText('now');
    await placements
      .getByRole('listitem')
      .filter({ hasText: 'end of the system message' })
      .getByRole('button', { name: 'Use in this chat' })
      .click();
    await expect
      .poll(async () => (await app.call('chat.open', { chatId, tail: 0 })).chat.settings.placement)
      .toBe('system_message');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(async () => (await app.call('chat.open', { chatId, tail: 0 })).chat.settings.placement ?? null)
      .toBe(null);
    await view.injected.getByRole('button', { name: /the chat so far/ }).click();
    await expect(view.injected.getByRole('img', { name: /Tokens of memory in 2 turns/ })).toBeVisible();
    for (const theme of ['light', 'dark'] as const) {
      await app.prefer({ theme });
      await page.reload();
      await expect(view.answers).toHaveCount(2);
      await view.part('Cache and budget');
      await view.part('Times');
      await view.injected.getByRole('button', { name: /in another place/ }).click();
      await expect(placements).toBeVisible();
      await page.screenshot({ path: `results/meter-${theme}.png` });
      const found = await new AxeBuilder({ page }).include('aside[aria-label="Injected memories"]').analyze();
      expect(found.violations).toEqual([]);
    }
  });

  test('the waterfall tells settings, injection and extraction apart, and who set what', async ({
    app,
    view,
    memory,
  }) => {
    memory.knows(...FACTS);
    const chatId = await view.begin();
    await app.call('chat.update', { chatId, settings: { budget: 'low' } });
    await view.ask('Where should we eat?');
    await view.part('Times');
    for (const bar of ['resolve', 'recall', 'inject', 'first token', 'total']) {
      await expect(view.injected.getByRole('listitem').filter({ hasText: bar }).first()).toBeVisible();
    }
    await expect(view.injected).toContainText(/extraction\s*about \d/);
    await expect(view.injected).toContainText('The memory server told no phases of its own.');
    await view.injected.getByRole('button', { name: /settings · 1 setting of/ }).click();
    await expect(view.injected).toContainText('set by the chat');
  });
});
