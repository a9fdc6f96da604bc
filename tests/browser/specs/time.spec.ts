// What a turn knew and what it would get now: the three groups with the reason of each, exact or put together, the two
// clocks over the whole bank, and what stands when there is nothing to ask again.
import AxeBuilder from '@axe-core/playwright';
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { App } from '../app';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SAMPLE = { serverId: 'embedded', bankId: 'sample' };
const SHOTS = path.resolve(__dirname, '../../../target/shots');
const LATER = 'Wiebke is allergic to walnuts too, the doctor in Emden says.';

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

/** A chat on the sample bank with one answered question, opened. */
async function asked(app: App, settings: object, open: () => Promise<void>): Promise<string> {
  await app.call('engine.loadSample', {});
  const chat = await app.call('chat.create', { kind: 'normal', model: 'demo/demo' });
  // The demo says all that it was given, slowly.
  const few = { kind: 'at', n: 12 } as const;
  const own = { store_conversations: false, max_memories: few, ...settings };
  await app.call('chat.update', { chatId: chat.id, bankId: 'sample', settings: own });
  await app.send(chat.id, 'What is Wiebke allergic to?');
  await app.prefer({ lastChat: chat.id, welcomed: true });
  await open();
  return chat.id;
}

/** The facts that recall returned, in its order. */
async function recalled(app: App, chatId: string) {
  const opened = (await app.call('chat.open', { chatId, tail: 10 } as never)) as { turns: { id: string }[] };
  const turnId = opened.turns.at(-1)?.id ?? '';
  const read = async () => (await app.call('turn.record', { chatId, turnId } as never)) as Recorded;
  await expect.poll(async () => (await read()).memory?.memories.length ?? 0).toBeGreaterThan(1);
  return ((await read()).memory?.memories ?? []).filter((one) => one.factType !== 'observation');
}

interface Recorded {
  memory: { memories: { id: string; text: string; factType: string }[] } | null;
}

async function change(app: App, id: string, patch: object): Promise<void> {
  const changes = [{ id, patch }];
  await app.call('memory.change', { ...SAMPLE, label: 'Change a fact', changes } as never);
}

test.describe('on the engine', () => {
  test.use({ setUp: 'nothing', sample: true });
  // The sample bank is read into the engine each time.
  test.beforeEach(() => test.setTimeout(150_000));

  for (const theme of ['light', 'dark'] as const) {
    test.describe(`in the ${theme} theme`, () => {
      test.use({ colorScheme: theme });

      test('what came then and comes now stands side by side, with what became of each', async ({
        app,
        page,
        open,
      }) => {
        const chat = await asked(app, {}, open);
        const [edited, retired] = await recalled(app, chat);
        await change(app, edited?.id ?? '', { text: `${edited?.text} She carries a pen.` });
        await change(app, retired?.id ?? '', { state: 'invalidated', reason: 'not so any more' });
        await app.call('lab.retain', {
          ...SAMPLE,
          request: { items: [{ content: LATER, document_id: 'later', timestamp: '2026-01-02T03:04:05Z' }] },
        } as never);

        const injected = page.getByRole('region', { name: 'Injected memories' });
        await injected.getByRole('button', { name: /^Then and now/ }).click();
        await injected.getByRole('button', { name: 'What would it get now?' }).click();
        const answer = injected.getByRole('group', { name: 'Then and now', exact: true });
        await expect(answer.locator('[data-certainty]')).toHaveAttribute('data-certainty', 'exact');
        const row = (id: string | undefined) => answer.locator(`[data-memory="${id}"]`);
        await expect(row(edited?.id)).toContainText('edited since');
        await expect(row(edited?.id).locator('ins')).toContainText('carries a pen');
        await expect(answer).toContainText(
          /1 only then · \d+ only now · \d+ in other words · \d+ as they were/,
        );
        const same = answer.getByRole('region', { name: 'Both times, as they were' });
        await same.getByRole('button', { name: /^Both times, as they were/ }).click();
        await expect(same).toContainText(/Showing 20 of \d+/);
        await same.getByRole('button', { name: /^Both times, as they were/ }).click();
        const onlyThen = answer.getByRole('region', { name: 'Only then' });
        await expect(onlyThen.locator(`[data-memory="${retired?.id}"]`)).toContainText('not so any more');
        const onlyNow = answer.getByRole('region', { name: 'Only now' });
        const later = onlyNow.getByRole('listitem').filter({ hasText: 'walnuts' });
        await expect(later.first()).toContainText('learned since');
        await expect(later.first()).toContainText('happened');
        await expect(later.first()).toContainText('learned under 1 min ago');
        expect(await faults(page)).toEqual([]);
        await answer.scrollIntoViewIfNeeded();
        await page.screenshot({ path: path.join(SHOTS, `time-${theme}.png`) });

        await injected.getByRole('button', { name: 'All that the bank knew then' }).click();
        const sum = injected.getByRole('status', { name: 'How much the bank knew' });
        await expect(sum).toContainText(/Showing 50 of \d+/);
        await injected.getByRole('searchbox', { name: 'Search what the bank knew' }).fill('pen.');
        await expect(sum).toContainText('Showing 0 of 0');
        await injected.getByRole('searchbox', { name: 'Search what the bank knew' }).fill(edited?.text ?? '');
        const known = injected.getByRole('list', { name: 'What the bank knew' });
        await expect(known.locator(`[data-memory="${edited?.id}"] ins`)).toContainText('carries a pen');

        await injected.getByRole('searchbox', { name: 'Search what the bank knew' }).fill('');
        await injected.getByText('By when it happened').click();
        await expect(injected).toContainText('learned then or since');
        await expect(known.getByRole('listitem').first()).toContainText('happened 2');
        expect(await faults(page)).toEqual([]);
        await known.scrollIntoViewIfNeeded();
        await page.screenshot({ path: path.join(SHOTS, `timeBank-${theme}.png`) });

        // The keyboard reaches a memory, which opens in its pane.
        await known.getByRole('listitem').first().getByRole('button').first().press('Enter');
        await expect(page.getByRole('region', { name: 'Memory', exact: true }).first()).toBeVisible();
      });
    });
  }

  test('a turn that asked nothing says why there is nothing to ask again', async ({ app, page, open }) => {
    await asked(app, { inject_memories: false }, open);
    const injected = page.getByRole('region', { name: 'Injected memories' });
    await injected.getByRole('button', { name: /^Then and now/ }).click();
    await injected.getByRole('button', { name: 'What would it get now?' }).click();
    const told = injected.getByRole('status', { name: 'Then and now' });
    await expect(told).toHaveAttribute('data-not-again', 'not_asked');
    await expect(told).toContainText('switched off');
    // What the bank knew can be asked all the same.
    await injected.getByRole('button', { name: 'All that the bank knew then' }).click();
    await expect(injected.getByRole('status', { name: 'How much the bank knew' })).toContainText('exact');
  });
});

test.describe('on a server that dies', () => {
  test.use({ expectedErrors: [/502 \(Bad Gateway\)/] });

  test('the page says so, and can ask again', async ({ view, memory }) => {
    memory.knows('Ana flies to Lisbon on 14 March.');
    await view.begin();
    await view.ask('When does Ana leave?');
    await memory.stop();
    await view.part('Then and now');
    await view.injected.getByRole('button', { name: 'What would it get now?' }).click();
    const section = view.injected.getByRole('region', { name: 'Then and now' });
    await expect(section.getByRole('group', { name: 'Error' })).toBeVisible();
    await expect(section.getByRole('button', { name: 'What would it get now?' })).toBeEnabled();
  });
});
