// Memories of a turn, one by one: four marks that are never merged, how each moved, what came back of it, those that say
// the same folded, what is said of a memory for the chat, what is never to be learned, and why one is not there.
import AxeBuilder from '@axe-core/playwright';
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { App } from '../app';
import type { ChatView } from '../chatView';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SAMPLE = { serverId: 'embedded', bankId: 'sample' };
const SHOTS = path.resolve(__dirname, '../../../target/shots');
const FACTS = [
  'Ana flies to Lisbon on 14 March.',
  'Ana sails on the river every Sunday morning.',
  'ana sails on the river, every sunday morning',
  'Bob is a potter.',
];

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

const card = (view: ChatView, words: string) =>
  view.injected.locator('.card').filter({ hasText: words }).first();

test('four marks stand apart, what came back is lit, and those that say the same are folded', async ({
  view,
  provider,
  memory,
}) => {
  memory.knows(...FACTS);
  provider.say('You fly to Lisbon on March 14.');
  await view.begin();
  await view.ask('When does Ana leave?', 'March 14');
  const first = card(view, 'Lisbon');
  const mark = (name: string) => first.locator(`[data-mark="${name}"]`);
  await expect(mark('echoed')).toHaveAttribute('data-state', 'yes');
  await expect(mark('retrieved')).toHaveAttribute('data-state', 'yes');
  await expect(mark('injected')).toHaveAttribute('data-state', 'yes');
  await expect(mark('influential')).toHaveText('influence not tried');
  await expect(card(view, 'potter').locator('[data-mark="echoed"]')).toHaveText('not echoed');

  await first.locator('[data-memory-card]').click();
  await expect(first).toContainText('came back: 14 March, Lisbon');
  await expect(first.locator('mark')).toHaveText(['Lisbon', '14 March']);
  const ranks = first.getByRole('table', { name: 'Ranks and raw scores' });
  await expect(ranks.getByRole('row', { name: /^Semantic/ })).toContainText('0.5');
  await expect(ranks.getByRole('row', { name: /^Block 1/ })).toBeVisible();

  const list = view.injected.getByRole('list', { name: 'Injected memories' });
  await expect(list.getByRole('listitem').filter({ has: view.page.locator('.card') })).toHaveCount(3);
  await list.getByRole('button', { name: '+1 that says the same' }).click();
  await expect(list.locator('.card')).toHaveCount(4);
  expect(JSON.parse(provider.asked[0]?.body ?? '')).toBeTruthy();
  expect(provider.asked[0]?.body).toContain(FACTS[2]);
});

test('a memory is pinned to the chat and taken out of it, with an undo, and the panel lists both', async ({
  view,
  memory,
  provider,
}) => {
  memory.knows(...FACTS);
  await view.begin();
  await view.ask('First');
  const potter = card(view, 'potter');
  await potter.locator('[data-memory-card]').click();
  await potter.getByRole('button', { name: 'Pin to this chat' }).click();
  await expect(potter.getByRole('button', { name: 'Unpin from this chat' })).toBeVisible();
  const flight = card(view, 'Lisbon');
  await flight.locator('[data-memory-card]').click();
  await flight.getByRole('button', { name: 'Not relevant here' }).click();
  await expect(flight.getByRole('button', { name: 'Relevant here after all' })).toBeVisible();
  await view.part('In this chat');
  const here = view.injected.getByRole('list', {
    name: 'Pinned and not relevant',
  });
  await expect(here.getByRole('listitem')).toHaveCount(2);

  await view.ask('Second');
  const sent = provider.asked.at(-1)?.body ?? '';
  expect(sent).toContain('1. [WORLD] Bob is a potter.');
  expect(sent).not.toContain('Lisbon');
  await expect(card(view, 'potter')).toContainText('pinned');
  await view.part('Left out');
  await expect(card(view, 'Lisbon')).toContainText('not relevant in this chat');

  // Recall fails, and what is pinned is there all the same.
  memory.moods.set('recall', { status: 500, detail: 'on fire' });
  await view.ask('Third');
  expect(provider.asked.at(-1)?.body).toContain('Bob is a potter.');
  await expect(view.injected).toContainText('Only what is pinned to this chat was used');
  await expect(card(view, 'potter').locator('[data-mark="retrieved"]')).toHaveText('recall failed');

  await here.getByRole('button', { name: 'Unpin from this chat' }).click();
  await expect(here.getByRole('listitem')).toHaveCount(1);
  await view.page.getByRole('button', { name: 'Undo' }).last().click();
  await expect(here.getByRole('listitem')).toHaveCount(2);
});

test.describe('on the engine', () => {
  test.use({ setUp: 'nothing', sample: true });

  // The sample bank is read into the engine each time.
  test.beforeEach(() => test.setTimeout(150_000));

  /** A chat on the sample bank, opened after one question. */
  async function asked(app: App, settings: object, page: Page, open: () => Promise<void>): Promise<string> {
    await app.call('engine.loadSample', {});
    const chat = await app.call('chat.create', {
      kind: 'normal',
      model: 'demo/demo',
    });
    await app.call('chat.update', {
      chatId: chat.id,
      bankId: 'sample',
      settings,
    });
    await app.send(chat.id, 'What is Wiebke allergic to?');
    await app.prefer({ lastChat: chat.id, welcomed: true });
    await open();
    const injected = page.getByRole('region', { name: 'Injected memories' });
    await expect(injected).toBeVisible();
    // What is pressed while the turn still runs may move under the hand: lines come above the cards until its end.
    await expect(injected).toContainText(/total \d/, { timeout: 60_000 });
    await expect(injected.getByText('live', { exact: true })).toHaveCount(0, { timeout: 60_000 });
    return chat.id;
  }

  const allergy = async (app: App) => {
    const page = await app.call('memory.list', {
      ...SAMPLE,
      filter: { q: 'hazelnut', factType: 'world' },
    } as never);
    return (page as { items: { id: string; text: string }[] }).items[0];
  };

  test('never learning such things drafts a line of the mission, and saves nothing', async ({
    app,
    page,
    open,
  }) => {
    await asked(app, {}, page, open);
    const one = page.locator('.card').filter({ hasText: 'hazelnut' }).first();
    await one.locator('[data-memory-card]').click();
    await one.getByRole('button', { name: 'Never learn things like this' }).click();
    await expect(page.getByText('A mission decides what is learned')).toBeVisible();
    await page.getByRole('button', { name: 'Draft in the retain mission' }).click();
    const mission = page.locator('[data-key="retain_mission"] textarea');
    await expect(mission).toHaveValue(/Do not keep facts like: ".*hazelnut.*"\.$/s);
    const config = await app.call('bankConfig.read', SAMPLE as never);
    expect(JSON.stringify(config)).not.toContain('Do not keep facts like');
  });

  test('never learning such things drafts a directive for answers, and saves nothing until it is saved', async ({
    app,
    page,
    open,
  }) => {
    await asked(app, {}, page, open);
    const one = page.locator('.card').filter({ hasText: 'severely allergic' });
    await one.locator('[data-memory-card]').click();
    await one.getByRole('button', { name: 'Never learn things like this' }).click();
    await page.getByRole('button', { name: 'Draft a directive' }).click();
    const form = page.getByRole('group', { name: 'New directive' });
    await expect(form.getByLabel('Name')).toHaveValue('Not to be brought up');
    await expect(form.getByLabel('Rule')).toHaveValue(/severely allergic/);
    const directives = async () => (await app.call('directive.list', SAMPLE as never)) as { items: object[] };
    const before = (await directives()).items.length;
    expect(JSON.stringify(await directives())).not.toContain('severely allergic');
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByRole('list', { name: 'Directives' })).toContainText('severely allergic');
    expect((await directives()).items).toHaveLength(before + 1);
  });

  for (const theme of ['light', 'dark'] as const) {
    test.describe(`in the ${theme} theme`, () => {
      test.use({ colorScheme: theme });

      test('why a memory is not there, and the change that lets it in', async ({ app, page, open }) => {
        await asked(app, { fact_types: ['experience'] }, page, open);
        const injected = page.getByRole('region', {
          name: 'Injected memories',
        });
        await injected.getByRole('button', { name: /^Why not/ }).click();
        const fact = await allergy(app);
        await injected.getByRole('button', { name: /^Memory you expected/ }).click();
        await page.getByRole('combobox').fill('hazelnut');
        await page.getByRole('option', { name: fact?.text ?? '' }).click();
        const answer = injected.getByRole('status', { name: 'Why not' });
        await expect(answer).toHaveAttribute('data-gate', 'fact_type');
        await expect(answer).toContainText('asked now');
        await expect(answer).toContainText('The record says');
        await answer.getByRole('button', { name: 'For the next message' }).click();
        await expect(page.getByRole('list', { name: 'For this message' })).toContainText('kinds of facts');
        expect(await faults(page)).toEqual([]);
        await page.screenshot({
          path: path.join(SHOTS, `whyNot-${theme}.png`),
        });
      });

      test('an open card with its marks, its way and its actions is accessible', async ({
        app,
        page,
        open,
      }) => {
        await asked(app, { max_memory_tokens: 80 }, page, open);
        const injected = page.getByRole('region', {
          name: 'Injected memories',
        });
        await injected.locator('[data-memory-card]').first().click();
        await expect(injected.getByRole('table', { name: 'Ranks and raw scores' })).toContainText('Sum');
        await injected.getByRole('button', { name: /^Retrieved, not returned/ }).click();
        const missed = injected.getByRole('list', {
          name: 'Retrieved and not returned',
        });
        await expect(missed.getByRole('listitem').first()).toContainText('over');
        expect(await faults(page)).toEqual([]);
        await page.screenshot({
          path: path.join(SHOTS, `memoryOpen-${theme}.png`),
        });
        await missed.getByRole('button', { name: 'Why not' }).first().click();
        const answer = injected.getByRole('status', { name: 'Why not' });
        await expect(answer).toHaveAttribute('data-gate', 'tokens');
        await expect(answer).toContainText('from the record');

        // The engine tells its phases, and the waterfall shows them.
        await injected.getByRole('button', { name: /^Times/ }).click();
        await injected.getByRole('button', { name: /^inside the memory server/ }).click();
        const phases = injected.getByRole('list', { name: 'Phases of the recall on the server' });
        await expect(phases.getByRole('listitem').filter({ hasText: 'retrieval' }).first()).toBeVisible();
        await expect(phases.getByRole('listitem').last()).toContainText('network and waiting');
        await phases.scrollIntoViewIfNeeded();
        await page.screenshot({ path: path.join(SHOTS, `times-${theme}.png`) });
      });
    });
  }
});
