// Banks by hand, on the engine of this app: made after a slip was pointed out, named, copied, deleted with the name
// typed, moved by key; ids of any characters; a server that is down beside it; axe in both themes.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { App } from '../app';
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
    // Controls take the colours of a theme a frame later than the rest.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
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
  // While the dialog goes, its backdrop still lies over the page.
  await expect(dialog).toHaveCount(0);
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

/** The page at what copies and moves the sample bank. */
async function atCopyAndMove(page: Page, app: App, open: () => Promise<void>) {
  test.slow();
  await ready(app);
  await app.call('engine.loadSample', {});
  await open();
  await openBanks(page);
  await page.locator('[data-bank$="sample"]').click();
  await page.getByRole('button', { name: 'Copy and move', exact: true }).click();
}

test('a copy goes on in the background and says when all of it is there', async ({ page, open, app }) => {
  await atCopyAndMove(page, app, open);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  const moves = page.getByRole('list', { name: 'Moves of banks' });
  await expect(moves).toContainText('Copy of “sample” as “sample-copy”');
  await expect(moves).toContainText('done', { timeout: 60_000 });
  await axe(page, 'copy and move');
  await moves.getByRole('button', { name: 'Open “sample-copy”' }).click();
  await expect(page.getByRole('region', { name: /^Bank Sample/ })).toContainText('61');
});

test.describe('in a file', () => {
  test.use({ expectedErrors: [/400/] });

  test('an archive is written to a file, and a bank is made of it again', async ({ page, open, app }) => {
    await atCopyAndMove(page, app, open);
    await page.getByRole('button', { name: 'Archive to a file', exact: true }).click();
    const moves = page.getByRole('list', { name: 'Moves of banks' });
    await expect(moves).toContainText('done', { timeout: 60_000 });
    const file = (await moves.getByText(/\.zip$/).textContent()) ?? '';
    expect(path.dirname(file)).toBe(path.join(app.home, 'downloads'));
    await axe(page, 'an archive that was written');

    await page.getByRole('button', { name: 'Choose a file…' }).click();
    const dialog = page.getByRole('dialog', { name: 'A bank from a file' });
    await dialog.getByLabel('An archive of a bank').setInputFiles({
      name: 'broken.zip',
      mimeType: 'application/zip',
      buffer: Buffer.from('no archive'),
    });
    await expect(dialog).toContainText('“broken.zip” is no archive of a bank');
    await expect(dialog.getByRole('button', { name: 'Bring it in' })).toBeDisabled();
    await dialog.getByLabel('An archive of a bank').setInputFiles(file);
    await expect(dialog).toContainText(/\d+ documents?, \d+ facts?/);
    await dialog.getByLabel('Id of the bank').fill('again');
    await axe(page, 'an archive before it goes in');
    await dialog.getByRole('button', { name: 'Bring it in' }).click();
    await expect(dialog).toBeHidden();
    await expect
      .poll(async () => (await app.call('bank.list', { serverId: HERE })).items.map(({ id }) => id), {
        timeout: 60_000,
      })
      .toContain('again');
    const facts = async (bankId: string) =>
      (await app.call('memory.list', { serverId: HERE, bankId, filter: { limit: 1, offset: 0 } })).total;
    await expect.poll(() => facts('again'), { timeout: 60_000 }).toBe(await facts('sample'));
  });
});

test('a bank goes to another server, and a slip in the name of one to merge into is asked about', async ({
  page,
  open,
  app,
}) => {
  test.setTimeout(240_000);
  const other = await App.start();
  try {
    await ready(app);
    await ready(other);
    const engine = JSON.parse(await readFile(path.join(other.home, 'data/memory/engine.json'), 'utf8')) as {
      url: string;
      token: string;
    };
    await app.call('server.save', {
      config: { id: 'other', name: 'Other', baseUrl: engine.url, defaultBank: null, settings: {} },
      key: engine.token,
      makeDefault: false,
    });
    await app.call('engine.loadSample', {});
    await open();
    await openBanks(page);
    await page.locator('[data-bank$="sample"]').first().click();
    await page.getByRole('button', { name: 'Copy and move', exact: true }).click();
    const there = page.getByRole('region', { name: 'To another server' });
    await there.getByLabel('Id of the bank').fill('from-home');
    await axe(page, 'a transfer');
    await there.getByRole('button', { name: 'Transfer' }).click();
    const moves = page.getByRole('list', { name: 'Moves of banks' });
    await expect(moves).toContainText('done', { timeout: 90_000 });
    const banksThere = async () =>
      (await other.call('bank.list', { serverId: HERE })).items.map(({ id }) => id);
    expect(await banksThere()).toContain('from-home');

    await there.getByText('Into a bank that is there', { exact: true }).click();
    await there.getByLabel('Bank to merge into').fill('from-hom');
    await there.getByRole('button', { name: 'Transfer' }).click();
    const asking = page.getByRole('dialog', { name: 'Did you mean “Sample: a year of Wiebke”?' });
    await asking.getByRole('button', { name: 'Back' }).click();
    await expect(asking).toBeHidden();
    await there.getByRole('button', { name: 'Transfer' }).click();
    await expect(asking).toContainText('from-home');
    await asking.getByRole('button', { name: /^Use / }).click();
    await expect(there.getByLabel('Bank to merge into')).toHaveValue('from-home');
    await expect(moves.getByText(/^done/)).toHaveCount(2, { timeout: 90_000 });
    expect(await banksThere()).not.toContain('from-hom');
  } finally {
    await other.stop();
  }
});

test('a template is saved to a file, tried on another bank without changing it, and applied', async ({
  page,
  open,
  app,
}) => {
  await ready(app);
  const mission = 'Boats, and <b>who</b> rows them.';
  await app.call('bank.create', {
    serverId: HERE,
    bankId: 'ana',
    template: {
      version: '1',
      bank: { retain_mission: mission },
      directives: [{ name: 'Polite', content: 'Be polite.' }],
    },
  });
  await app.call('bank.create', { serverId: HERE, bankId: 'bob', template: null });
  await open();
  await openBanks(page);
  await line(page, 'ana').click();
  await page.getByRole('button', { name: 'Template', exact: true }).click();
  await page.getByRole('button', { name: 'Save to a file' }).click();
  const file = (await page.getByText(/ana template\.json$/).textContent()) ?? '';
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ bank: { retain_mission: mission } });
  await axe(page, 'a template that was saved');

  await page.getByRole('button', { name: 'All banks' }).click();
  await line(page, 'bob').click();
  await page.getByRole('button', { name: 'Template', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Apply' })).toBeDisabled();
  await page.getByLabel('A template file').setInputFiles(file);
  await page.getByRole('button', { name: 'Dry run' }).click();
  await expect(page.getByRole('list', { name: 'What the template would do' })).toContainText('Polite');
  await axe(page, 'a template that was tried');
  const rules = async () =>
    (await app.call('directive.list', { serverId: HERE, bankId: 'bob' })).items.map(({ name }) => name);
  expect(await rules()).toEqual([]);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('list', { name: 'What the template did' })).toContainText('Polite');
  expect(await rules()).toEqual(['Polite']);
});

test('a fixed bank that is typed into a profile may be a slip, and is asked about', async ({
  page,
  open,
  app,
}) => {
  await ready(app);
  await app.call('bank.create', { serverId: HERE, bankId: 'ana', template: null });
  await open();
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page
    .getByRole('navigation', { name: 'Sections' })
    .getByRole('button', { name: 'Profiles', exact: true })
    .click();
  await page.getByRole('button', { name: 'New profile…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Home');
  await page.getByLabel('Fixed bank').fill('anna');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const asking = page.getByRole('dialog', { name: 'Did you mean “ana”?' });
  await asking.getByRole('button', { name: 'Back' }).click();
  expect((await app.call('profile.list', {})).items).toEqual([]);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await asking.getByRole('button', { name: 'Use “ana”' }).click();
  await expect(page.getByRole('button', { name: 'New profile…' })).toBeVisible();
  expect((await app.call('profile.list', {})).items).toMatchObject([{ name: 'Home', bankId: 'ana' }]);
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
