// What a turn taught memory: the chip at the end of the answer, the section in the panel with the sentences, undo, move
// and back; and a chat that asks first. The memory is the engine in the app, without a model.
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import type { ChatView } from '../chatView';
import { expect, test } from '../test';

test.use({ setUp: 'provider' });

const SHOTS = process.env['LEARNED_SHOTS'];

async function look(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

/** What axe finds, in a form that a failed test can be read from. */
async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

const chip = (view: ChatView): Locator => view.answers.last().getByRole('button', { name: /^Learned: / });

/** The section Learned of the right pane. */
const section = (page: Page): Locator => page.getByRole('region', { name: 'Learned', exact: true });

const SAID = 'Ana moved to Lisbon in March. Bob keeps bees on the roof. What is new?';

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('the chip fills in, and the panel tells each fact with its sentence', async ({
      view,
      page,
      provider,
    }) => {
      provider.say('There is a new tram.');
      await view.begin('What it learned');
      await view.ask(SAID, 'There is a new tram.');
      await expect(chip(view)).toHaveAttribute('data-learned', 'complete');
      await expect(chip(view)).toContainText(/\+[23]/);
      // Nothing builds observations here: what is not known is not called 0.
      await expect(chip(view)).not.toContainText('~');
      await chip(view).focus();
      await page.keyboard.press('Enter');
      const learned = section(page);
      await expect(learned.getByRole('button', { name: /^Learned/ })).toBeFocused();
      const facts = learned.getByRole('list', { name: 'New facts' });
      const ana = facts.getByRole('listitem').filter({ hasText: 'Ana moved to Lisbon in March' });
      await expect(ana.locator('q')).toContainText('Ana moved to Lisbon in March');
      await expect(learned).toContainText('Memory on this computer has no model');
      await expect(learned.getByRole('list', { name: 'Names in the new facts' })).toContainText('Lisbon');
      expect(await violations(page)).toEqual([]);
      await look(page, `learned-${theme}`);
    });
  });
}

test('all of it is undone in one go, and the undo is undone', async ({ view, page, provider }) => {
  provider.say('Fine.');
  await view.begin('Undo');
  await view.ask('Bob keeps bees on the roof. Zoe runs a bakery in Oslo.', 'Fine.');
  await expect(chip(view)).toHaveAttribute('data-learned', 'complete');
  await chip(view).click();
  const facts = section(page).getByRole('list', { name: 'New facts' }).locator('[data-fact]');
  await expect(facts).toHaveCount(2);
  await section(page).getByRole('button', { name: 'Undo all 2' }).click();
  await expect(facts.nth(0)).toHaveAttribute('data-stands', 'retired');
  await expect(facts.nth(1)).toHaveAttribute('data-stands', 'retired');
  await look(page, 'learned-undone');
  const toasts = page.getByRole('region', { name: /^Notifications/ });
  await toasts.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(facts.nth(0)).toHaveAttribute('data-stands', 'valid');
  await expect(facts.nth(1)).toHaveAttribute('data-stands', 'valid');
});

test('one fact is fixed in place, another is moved to a bank of its own and back', async ({
  view,
  page,
  provider,
}) => {
  provider.say('Fine.');
  await view.begin('Move');
  await view.ask('Bob keeps bees on the roof. Zoe runs a bakery in Oslo.', 'Fine.');
  await expect(chip(view)).toHaveAttribute('data-learned', 'complete');
  await chip(view).click();
  const facts = section(page).getByRole('list', { name: 'New facts' }).locator('[data-fact]');
  const bees = facts.filter({ hasText: 'bees' }).first();
  await bees.getByRole('button', { name: 'Fix this fact' }).click();
  const text = bees.getByRole('textbox', { name: /^Text/ }).first();
  await text.fill('Bob keeps bees in the garden.');
  await bees.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(bees.locator('.clamp')).toHaveText('Bob keeps bees in the garden.');
  await expect(bees).toContainText('edited');

  const bakery = facts.filter({ hasText: 'bakery' }).first();
  await bakery.getByRole('button', { name: 'Move this fact to another bank' }).click();
  const move = page.getByRole('dialog', { name: 'Move to another bank' });
  await move
    .getByRole('button', { name: /Bank|No bank/ })
    .first()
    .click();
  // What is typed before the picker has the focus goes nowhere.
  await expect(page.getByRole('combobox').last()).toBeFocused();
  await page.keyboard.type('shop');
  await expect(page.getByRole('option', { name: /shop/ }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await look(page, 'learned-move');
  await move.getByRole('button', { name: 'Move', exact: true }).click();
  await expect(bakery).toHaveAttribute('data-stands', 'retired');
  await expect(section(page)).toContainText('1 fact moved to shop');
  await section(page).getByRole('button', { name: 'Move back' }).click();
  await expect(section(page).locator('[data-moved]')).toHaveAttribute('data-moved', 'back');
  await expect(bakery).toHaveAttribute('data-stands', 'valid');
});

test('a chat that asks first stores nothing until it may, over a reload, and a no can become a yes', async ({
  app,
  view,
  page,
  provider,
}) => {
  provider.say('Fine.');
  // A bank that does not exist yet cannot try anything.
  const request = { items: [{ content: 'Zoe likes tea.' }], async: false };
  await app.call('lab.retain', { serverId: 'embedded', bankId: 'default', request });
  const id = await view.begin('Ask first');
  await page.getByRole('button', { name: 'More about this chat' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Ask first' }).click();
  await expect
    .poll(async () => (await app.call('chat.open', { chatId: id, tail: 1 })).chat.settings)
    .toEqual({ ask_before_retaining: true });
  await view.ask('Bob keeps bees on the roof.', 'Fine.');
  const ask = view.answers.last().getByRole('group', { name: 'May this be stored?' });
  await expect(ask).toBeVisible();
  await expect(page.getByRole('img', { name: '1 message to keep or not' })).toBeVisible();
  await ask.getByRole('button', { name: 'Store this?' }).click();
  const what = page.getByRole('dialog', { name: 'What would be stored' });
  await expect(what).toContainText('USER: Bob keeps bees on the roof.');
  await what.getByRole('button', { name: 'Which facts?' }).click();
  await expect(what.getByRole('list', { name: 'Facts that would be learned' })).toContainText('bees');
  expect(await violations(page)).toEqual([]);
  await look(page, 'learned-ask');
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(ask).toBeVisible();
  await ask.getByRole('button', { name: 'Do not keep' }).click();
  await expect(view.answers.last()).toContainText('Not stored: you said no');
  await view.answers.last().getByRole('button', { name: 'Keep after all' }).click();
  await expect(chip(view)).toHaveAttribute('data-learned', 'complete');
  await expect(chip(view)).toContainText('+1');
});

test('a chat is read-only or off by one choice, and says so', async ({ app, view, page, provider }) => {
  provider.say('Fine.');
  const id = await view.begin('Read-only');
  const choose = async (name: string) => {
    await page.getByRole('button', { name: 'More about this chat' }).click();
    await page.getByRole('menuitemcheckbox', { name, exact: true }).click();
  };
  await choose('Read-only');
  await expect
    .poll(
      async () => (await app.call('chat.open', { chatId: id, tail: 1 })).chat.settings.store_conversations,
    )
    .toBe(false);
  await view.ask('Bob keeps bees on the roof.', 'Fine.');
  await expect(view.answers.last()).toContainText('Not stored: storing is switched off in the settings');
  await page.getByRole('button', { name: 'Memory of the next message' }).click();
  const panel = page.getByRole('dialog', { name: 'Memory of the next message' });
  await panel.getByText('This chat', { exact: true }).click();
  await expect(panel.getByRole('radio', { name: 'Read-only' })).toBeChecked();
  await panel.getByText('Off', { exact: true }).click();
  await expect(panel).toContainText('Incognito for this chat');
  await look(page, 'learned-modes');
  expect(await violations(page)).toEqual([]);
  await panel.getByText('Automatic', { exact: true }).click();
  await expect
    .poll(async () => (await app.call('chat.open', { chatId: id, tail: 1 })).chat.settings)
    .toEqual({});
});
