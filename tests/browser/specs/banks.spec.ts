// Banks by hand, on the engine of this app: made after a slip was pointed out, named, copied, deleted with the name
// typed, moved by key; ids of any characters; a server that is down beside it; axe in both themes.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { App } from '../app';
import { expect, test } from '../test';

const HERE = 'embedded';

async function ready(app: App): Promise<void> {
  await expect
    .poll(async () => (await app.call('engine.status', {})).state, { timeout: 60_000 })
    .toMatch(/ready|degraded/);
}

async function openBanks(page: Page) {
  await page.getByRole('button', { name: 'Banks', exact: true }).first().click();
  return page.getByRole('region', { name: 'Banks', exact: true });
}

const line = (page: Page, name: string) =>
  page.getByRole('button', { name: `${name} on This computer`, exact: true });

async function axe(page: Page, what: string) {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      `${what}, ${theme}`,
    ).toEqual([]);
  }
}

test.use({ setUp: 'provider' });

test('a slip is pointed out before it makes a bank, and a bank goes only when its name was typed', async ({
  page,
  open,
  app,
}) => {
  test.slow();
  await ready(app);
  await app.call('bank.create', { serverId: HERE, bankId: 'ana', template: null });
  await open();
  const list = await openBanks(page);
  await expect(line(page, 'ana')).toBeVisible();
  await axe(page, 'the list');

  await list.getByRole('button', { name: 'New bank…' }).click();
  const dialog = page.getByRole('dialog', { name: 'New bank' });
  const id = dialog.getByLabel('Id', { exact: true });
  await id.fill('a/b');
  await expect(dialog).toContainText('cannot contain “/”');
  await expect(dialog.getByRole('button', { name: 'Make the bank' })).toBeDisabled();
  await id.fill('anna');
  await dialog.getByRole('button', { name: 'Make the bank' }).click();
  await expect(dialog).toContainText('Did you mean “ana”?');
  expect((await app.call('bank.list', { serverId: HERE })).items.map((bank) => bank.id)).not.toContain(
    'anna',
  );
  await axe(page, 'the question');
  await dialog.getByRole('button', { name: 'Make “anna” anyway' }).click();
  await expect(page.getByRole('region', { name: 'Bank anna' })).toBeVisible();
  await axe(page, 'the page of a bank');

  await page.getByRole('button', { name: 'All banks' }).click();
  await line(page, 'anna').focus();
  await page.keyboard.press('Delete');
  const asking = page.getByRole('dialog', { name: 'Delete the bank “anna”' });
  const remove = asking.getByRole('button', { name: 'Delete the bank' });
  await expect(asking).toContainText('0 facts');
  await expect(remove).toBeDisabled();
  await asking.getByRole('textbox').fill('ann');
  await expect(remove).toBeDisabled();
  await asking.getByRole('textbox').fill('anna');
  await remove.click();
  await expect(asking).toBeHidden();
  await expect(line(page, 'anna')).toHaveCount(0);
  await expect(line(page, 'ana')).toBeVisible();
});

test('the list is worked by key: move, rename, search, open, and ids of any characters are text', async ({
  page,
  open,
  app,
}) => {
  await ready(app);
  const longest = 'x'.repeat(192);
  for (const bankId of ['<img src=x onerror=alert(1)>', '🧠 日本', longest, 'ana']) {
    await app.call('bank.create', { serverId: HERE, bankId, template: null });
  }
  await open();
  await openBanks(page);
  await expect(line(page, '<img src=x onerror=alert(1)>')).toBeVisible();
  await expect(line(page, longest)).toBeVisible();
  await page.getByRole('button', { name: /^Sort by name/ }).click();
  await page.getByRole('searchbox', { name: 'Find a bank' }).fill('日本');
  await expect(page.getByRole('status').filter({ hasText: /^1 of \d/ })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Find a bank' }).fill('');
  await line(page, 'ana').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(line(page, 'ana')).toBeFocused();
  await page.keyboard.press('F2');
  const renaming = page.getByRole('dialog', { name: 'Rename “ana”' });
  await renaming.getByLabel('Name').fill('Home');
  await page.keyboard.press('Enter');
  await expect(line(page, 'Home')).toBeVisible();
  await line(page, 'Home').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Bank Home' })).toBeVisible();
  await page.getByRole('button', { name: 'Names', exact: true }).click();
  await expect(page.getByRole('list', { name: 'Names of the bank' })).toContainText('Home');
});

test('a copy goes on in the background and says when all of it is there', async ({ page, open, app }) => {
  test.slow();
  await ready(app);
  await app.call('engine.loadSample', {});
  await open();
  await openBanks(page);
  await page.locator('[data-bank$="sample"]').click();
  await page.getByRole('button', { name: 'Copy and move', exact: true }).click();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  const moves = page.getByRole('list', { name: 'Moves of banks' });
  await expect(moves).toContainText('Copy of “sample” as “sample-copy”');
  await expect(moves).toContainText('done', { timeout: 60_000 });
  await axe(page, 'copy and move');
  await moves.getByRole('button', { name: 'Open “sample-copy”' }).click();
  await expect(page.getByRole('region', { name: /^Bank Sample/ })).toContainText('61');
});

test.describe('beside a dead server', () => {
  test.use({ expectedErrors: [/502/] });

  test('a server that is down says so in its place and hides no other', async ({ page, open, app }) => {
    await ready(app);
    await app.call('bank.create', { serverId: HERE, bankId: 'ana', template: null });
    await app.call('server.save', {
      config: { id: 'dead', name: 'Dead', baseUrl: 'http://127.0.0.1:9', defaultBank: null, settings: {} },
      key: null,
      makeDefault: false,
    });
    await open();
    const list = await openBanks(page);
    await expect(line(page, 'ana')).toBeVisible();
    await expect(list.getByText('does not answer')).toBeVisible({ timeout: 30_000 });
    await expect(list.getByRole('button', { name: 'Try again' })).toBeVisible();
    await axe(page, 'a dead server');
  });
});
