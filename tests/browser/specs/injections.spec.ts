// The history of injections: every turn found by what memory did in it, what is not known told apart from nothing, the
// way to the chat, and the memories that make no difference.
import path from 'node:path';
import type { Page } from '@playwright/test';
import { faults } from '../browse';
import { seedLongChat } from '../seed';
import { expect, test } from '../test';

const SHOTS = path.resolve(__dirname, '../../../target/shots');
const FACTS = ['Ana flies to Lisbon on 14 March.', '<img src=x onerror=alert(1)> \u202eBob is a potter.'];

const turns = (page: Page) => page.getByRole('listbox', { name: 'Turns' }).getByRole('option');
const status = (page: Page) => page.locator('section[aria-label=Memories] footer').getByRole('status');

async function openHistory(page: Page): Promise<void> {
  await page.keyboard.press('Control+Shift+H');
  await expect(page.getByRole('tab', { name: 'Injections' })).toHaveAttribute('aria-selected', 'true');
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('with nothing it says what will be here, and is clean', async ({ page, view }) => {
      await view.begin();
      await openHistory(page);
      await expect(page.getByText('No turn yet')).toBeVisible();
      await expect(page.getByText('Not in here: temporary and deleted chats.')).toBeVisible();
      expect(await faults(page)).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `injections-none-${colorScheme}.png`) });
    });

    test('turns are searched, walked by keys and opened at their chat', async ({
      page,
      view,
      memory,
      provider,
    }) => {
      memory.knows(...FACTS);
      provider.say('You fly to Lisbon on March 14.');
      await view.begin('Travel');
      await view.ask('When does Ana leave?', 'March 14');
      await view.ask('Second question');
      memory.knows();
      await view.ask('Third question');
      await view.injected.getByRole('button', { name: 'More about injections' }).click();
      await page.getByRole('menuitem', { name: /All injections/ }).click();
      await expect(turns(page)).toHaveCount(3);
      await expect(status(page)).toHaveText('Showing 3 of 3 turns');
      const first = turns(page).filter({ hasText: 'When does Ana leave?' });
      await expect(first).toContainText('2 used');
      await expect(first.locator('.cost')).toHaveText('not known');
      expect(await faults(page)).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `injections-turns-${colorScheme}.png`) });

      const words = page.getByRole('searchbox', { name: 'Words of a memory, or its id' });
      await words.fill('lisbon');
      await expect(status(page)).toHaveText('Showing 2 of 2 that fit, 3 turns in all');
      await words.fill('nowhere');
      await expect(page.getByText('No turn fits')).toBeVisible();
      await page.getByRole('button', { name: 'Clear the filters' }).first().click();
      await expect(turns(page)).toHaveCount(3);
      await page.getByLabel('What memory did').click();
      await page.getByRole('option', { name: 'Nothing found', exact: true }).click();
      await expect(turns(page)).toHaveCount(1);
      await expect(turns(page)).toContainText('Third question');
      await page.getByRole('textbox', { name: 'Begun on this day or later, UTC' }).fill('soon');
      await expect(page.getByText('“soon” is no date')).toBeVisible();
      await page.getByRole('button', { name: 'Clear the filters' }).click();
      await expect(turns(page)).toHaveCount(3);

      await page.getByRole('listbox', { name: 'Turns' }).focus();
      await page.keyboard.press('End');
      await expect(first).toHaveAttribute('aria-selected', 'true');
      await page.keyboard.press('Enter');
      await expect(view.composer).toBeVisible();
      await expect(view.injected.locator('.card').filter({ hasText: 'Lisbon' })).toBeVisible();
    });

    test('memories that never come back open their pane and their turns', async ({
      page,
      view,
      memory,
      provider,
    }) => {
      memory.knows(...FACTS);
      provider.say('You fly to Lisbon on March 14.');
      await view.begin();
      await view.ask('When does Ana leave?', 'March 14');
      provider.say('On March 14, to Lisbon.');
      await view.ask('And again?', 'On March 14');
      await openHistory(page);
      await page.getByRole('radio', { name: 'Never echoed' }).check({ force: true });
      await expect(page.getByText('No such memory')).toBeVisible();
      await page.getByRole('textbox', { name: 'Injected in at least so many turns' }).fill('2');
      const list = page.getByRole('list', { name: 'Memories that never came back' });
      await expect(list.getByRole('listitem')).toHaveCount(1);
      await expect(list).toContainText('<img src=x');
      await expect(list).toContainText('injected in 2 turns, never echoed');
      await expect(list).toContainText('looked for in each');
      expect(await faults(page)).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `injections-unechoed-${colorScheme}.png`) });
      await list.getByRole('button', { name: /potter/ }).click();
      await expect(page.getByRole('complementary', { name: 'Memory' })).toBeVisible();
      await list.getByRole('button', { name: 'Show the turns' }).click();
      await expect(turns(page)).toHaveCount(2);
      await page.getByRole('radio', { name: 'Never decisive' }).check({ force: true });
      await expect(page.getByText('Nothing was tried')).toBeVisible();
    });
  });
}

test('thousands of turns stay a few elements, and more come while one scrolls', async ({
  page,
  app,
  open,
}) => {
  const chat = await app.chat('A long one');
  seedLongChat(app.home, chat, 3000);
  await app.prefer({ lastChat: chat });
  await open();
  await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor();
  await openHistory(page);
  await expect(status(page)).toHaveText('Showing 100 of 1,500 turns');
  await page.getByRole('listbox', { name: 'Turns' }).focus();
  await page.keyboard.press('End');
  await expect(status(page)).toHaveText('Showing 200 of 1,500 turns');
  expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(2500);
  await expect(turns(page).first()).toContainText('not known');
  await page.screenshot({ path: path.join(SHOTS, 'injections-many.png') });
});
