// Pictures of every part of the panel Injected memories on one conversation, for people to look at: both themes. No test;
// `SHOTS=1 npx playwright test shotsPanel --project shots` writes them to target/shots-panel, on the engine in the app. With
// `SHOTS_HINDSIGHT=URL` they are of that Hindsight server (`cargo run --workspace --bin hindsight` starts one).
import path from 'node:path';
import { expect, test } from './test';

const HINDSIGHT = process.env['SHOTS_HINDSIGHT'];
const FOLDER = path.resolve(__dirname, `../../target/shots-panel/${HINDSIGHT ? 'hindsight' : 'engine'}`);
const PARTS = [
  'Query and settings',
  'Block',
  'Exact request',
  'Answer',
  'Stored',
  'Learned',
  'Cache and budget',
  'Times',
];

test.use({ setUp: 'provider', viewport: { width: 1440, height: 1000 } });

for (const theme of ['light', 'dark'] as const) {
  test(`the panel, ${theme}`, async ({ page, app, open, provider }) => {
    test.setTimeout(600_000);
    await page.emulateMedia({ colorScheme: theme });
    const bankId = `panel-${theme}`;
    if (HINDSIGHT) {
      const config = {
        id: 'hindsight',
        name: 'Hindsight',
        baseUrl: HINDSIGHT,
        defaultBank: null,
        settings: {},
      };
      await app.call('server.save', { config, key: null, makeDefault: true } as never);
    }
    const take = async (name: string) => {
      await page.waitForTimeout(500);
      await page.screenshot({ path: path.join(FOLDER, `${name}-${theme}.png`) });
    };
    const step = async (name: string, act: () => Promise<void>) => {
      try {
        await act();
        await take(name);
      } catch (thrown) {
        console.log(`${name} ${theme}: ${String(thrown).split('\n')[0]}`);
      }
    };
    const chat = async (title: string) => {
      const { id } = await app.call('chat.create', {
        kind: 'normal',
        model: 'scripted/scripted-1',
        bankId,
      } as never);
      await app.call('chat.update', { chatId: id, title } as never);
      return id;
    };
    /** Asks, and waits until what the turn taught is known. */
    const ask = async (chatId: string, text: string, reply: string) => {
      provider.say(reply);
      const started = await app.send(chatId, text);
      const turnId = started.turn.id;
      const record = async () =>
        (await app.call('turn.record', { chatId, turnId } as never)) as {
          answer: unknown;
          learned?: { state: { state: string } };
        };
      await expect.poll(async () => (await record()).answer, { timeout: 60_000 }).not.toBeNull();
      await expect
        .poll(async () => (await record()).learned?.state.state ?? 'pending', { timeout: 90_000 })
        .not.toBe('pending')
        .catch(() => undefined);
      return turnId;
    };

    const first = await chat('Lisbon');
    await ask(
      first,
      'Ana lives in Lisbon with her brother Bob. Bob keeps bees on the roof.',
      'Nice to know.',
    );
    await ask(
      first,
      'Ana is allergic to hazelnuts. She flies to Oslo on 14 March.',
      'I will keep that in mind.',
    );
    const second = await chat('Dinner');
    await ask(second, 'What can Ana not eat?', 'Ana is allergic to hazelnuts, so no hazelnuts.');
    const asked = await ask(second, 'And who keeps bees?', 'Bob keeps bees on the roof in Lisbon.');
    await app.prefer({ lastChat: second, welcomed: true });
    await open();
    const panel = page.getByRole('complementary', { name: 'Injected memories' });
    await expect(panel.locator('[data-memory-card]').first()).toBeVisible();
    await take('memories');
    await step('card', () => panel.locator('[data-memory-card]').first().click());
    await panel.locator('[data-memory-card]').first().click();
    for (const part of PARTS) {
      await step(part.toLowerCase().replaceAll(' ', '-'), async () => {
        const button = panel.getByRole('button', { name: new RegExp(`^${part}`) });
        if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
        await button.evaluate((element) => element.scrollIntoView({ block: 'start' }));
      });
      const button = panel.getByRole('button', { name: new RegExp(`^${part}`) });
      if ((await button.getAttribute('aria-expanded')) === 'true') await button.click();
    }
    await step('x-ray', async () => {
      await page.keyboard.press('Control+Shift+X');
      const dialog = page.getByRole('dialog', { name: 'The exact request' });
      await dialog.getByRole('list', { name: 'Memories in the request' }).getByRole('button').first().click();
    });
    await page.keyboard.press('Escape');
    await step('why-not', async () => {
      await panel.getByRole('button', { name: /^Why not/ }).click();
      await panel.getByRole('button', { name: /^Memory you expected/ }).click();
      await page.getByRole('combobox').fill('Nobody ever said this.');
      await page.keyboard.press('Enter');
      await expect(panel.getByRole('status', { name: 'Why not' })).toBeVisible({ timeout: 30_000 });
    });
    await step('then-and-now', async () => {
      const record = (await app.call('turn.record', { chatId: second, turnId: asked } as never)) as {
        memory: { memories: { id: string; factType: string }[] };
      };
      const fact = record.memory.memories.find((one) => one.factType === 'world');
      await app.call('memory.change', {
        serverId: HINDSIGHT ? 'hindsight' : 'embedded',
        bankId,
        label: 'Retire a fact',
        changes: [{ id: fact?.id, patch: { state: 'invalidated', reason: 'not so any more' } }],
      } as never);
      await panel.getByRole('button', { name: /^Then and now/ }).click();
      await panel.getByRole('button', { name: 'What would it get now?' }).click();
      const answer = panel.getByRole('group', { name: 'Then and now', exact: true });
      await expect(answer.locator('[data-certainty]')).toBeVisible({ timeout: 30_000 });
      await panel.getByRole('button', { name: 'All that the bank knew then' }).click();
      await answer.scrollIntoViewIfNeeded();
    });
    await step('what-if', async () => {
      for (let n = 0; n < 4; n += 1) provider.say('Bob keeps bees.', ' I am not sure.');
      await panel.getByRole('button', { name: /^What if/ }).click();
      const part = panel.getByRole('form', { name: 'What if' });
      await part.getByRole('checkbox', { name: 'Memory 1 goes in' }).uncheck();
      await part.getByRole('button', { name: /^Send \d+ request/ }).click();
      await expect(page.getByRole('dialog', { name: /What if/ })).toContainText(/(\d) of \1 answers/, {
        timeout: 30_000,
      });
    });
    await page.keyboard.press('Escape');
    await step('paused', async () => {
      await app.call('chat.setBreakpoint', { chatId: second, condition: { kind: 'next' }, on: true });
      const box = page.getByRole('textbox', { name: 'Message', exact: true });
      await box.fill('Where does Bob live?');
      await box.press('Enter');
      const block = page.getByRole('region', { name: 'Paused before sending', exact: true });
      await block.getByRole('button', { name: /^The block as it will be sent/ }).click();
      await block.scrollIntoViewIfNeeded();
    });
    await page.getByRole('textbox', { name: 'Message', exact: true }).press('Escape');
    await step('injections', () => page.keyboard.press('Control+Shift+H'));
    await step('live', async () => {
      await page.getByRole('button', { name: 'Banks', exact: true }).first().click();
      await page.getByRole('button', { name: new RegExp(`^${bankId} on `) }).click();
      const sections = page.getByRole('navigation', { name: 'Sections of the bank' });
      await sections.getByRole('button', { name: 'Live', exact: true }).click();
      const place = page.getByRole('region', { name: 'Live', exact: true });
      await take('live-off');
      await place.getByRole('button', { name: 'Keep an audit log' }).click();
      await expect(place.getByRole('button', { name: 'Keep an audit log' })).toHaveCount(0);
      await take('live-on');
      await ask(first, 'Bob sold two hives.', 'I see.');
      if (HINDSIGHT) {
        const path = `/v1/default/banks/${bankId}/memories/recall`;
        await page.request.post(HINDSIGHT + path, { data: { query: 'Who keeps bees?' } });
      }
      const rows = place.getByRole('list', { name: 'Calls' }).getByRole('button');
      await expect(rows.filter({ hasText: /bees|hives/ }).first()).toBeVisible();
      await page.waitForTimeout(2_500);
      await rows
        .filter({ hasText: /bees|hives/ })
        .first()
        .click();
    });
  });
}
