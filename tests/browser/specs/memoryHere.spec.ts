// Memory on this computer in the settings: how it is, what reads for it, its sample, its place among the servers, and
// what is said when it cannot start. That it remembers is in firstRun.spec.ts.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { App, MODEL } from '../app';
import { expect, test } from '../test';

async function openMemory(page: Page) {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page
    .getByRole('navigation', { name: 'Sections' })
    .getByRole('button', { name: 'Memory', exact: true })
    .click();
  return page.getByRole('region', { name: 'Memory on this computer', exact: true });
}

test.describe('with a provider', () => {
  test.use({ setUp: 'provider' });

  test('the card says how memory is and where, and a model with its limit is kept', async ({
    page,
    open,
    app,
  }) => {
    await open();
    const card = await openMemory(page);
    await expect(card).toContainText(/Ready|Degraded/, { timeout: 60_000 });
    await expect(card).toContainText(/\d facts/);
    await expect(card).toContainText('memory.db');

    await card.getByRole('button', { name: /^Model that reads conversations/ }).click();
    await page.getByRole('option', { name: /scripted-1/ }).click();
    await expect(card.getByRole('meter', { name: 'Tokens used today' })).toBeVisible();
    const limit = card.getByLabel('Tokens per day');
    await limit.fill('1234');
    await limit.press('Enter');
    await expect(card).toContainText('0 of 1,234 used today');
    expect(await app.call('engine.status', {})).toMatchObject({ model: MODEL, tokensPerDay: 1_234 });

    await card.getByRole('button', { name: /^Model that reads conversations/ }).click();
    await page.getByRole('option', { name: 'Rules, no model' }).click();
    await expect(card.getByRole('meter')).toHaveCount(0);
    expect((await app.call('engine.status', {})).model).toBeNull();
  });

  test('the sample is loaded, asked in a chat of its own without sending, and removed', async ({
    page,
    open,
    app,
    provider,
    view,
  }) => {
    test.slow();
    await open();
    const card = await openMemory(page);
    await card.getByRole('button', { name: 'Load', exact: true }).click();
    const questions = card.getByRole('list', { name: 'Questions to the sample' });
    await expect(questions.getByRole('button').first()).toBeVisible({ timeout: 90_000 });
    const question = (await questions.getByRole('button').first().textContent()) ?? '';
    await questions.getByRole('button').first().click();

    await expect(view.composer).toHaveValue(question.trim());
    const [chat] = (await app.call('chat.list', { limit: 1, offset: 0 })).items;
    expect(chat).toMatchObject({ bankId: 'sample' });
    expect(provider.asked).toHaveLength(0);

    await openMemory(page);
    await card.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(card.getByRole('button', { name: 'Load', exact: true })).toBeVisible();
    expect((await app.call('engine.status', {})).sample).toBe(false);
  });
});

test('this computer stands first, cannot be removed, and is used or not as one likes', async ({
  page,
  open,
  app,
}) => {
  await open();
  await openMemory(page);
  const places = page.getByRole('region', { name: 'Where facts live' });
  const rows = places.getByRole('listitem');
  await expect(rows.first()).toContainText('This computer');
  await expect(rows.last()).toContainText('used for new turns');
  await expect(rows.first().getByRole('button', { name: /^Delete/ })).toHaveCount(0);

  await places.getByRole('button', { name: 'Use This computer for new turns' }).click();
  await expect(rows.first()).toContainText('used for new turns');
  expect((await app.call('server.list', {})).defaultId).toBe('embedded');

  await page.getByRole('button', { name: 'Edit This computer' }).click();
  // It takes the name that is typed.
  const form = page.getByRole('region', { name: /^(This computer|My desk)$/ });
  await expect(form.getByLabel('Address')).toHaveCount(0);
  await expect(form.getByLabel(/^Key/)).toHaveCount(0);
  await form.getByLabel('Name').fill('My desk');
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(rows.first()).toContainText('My desk');

  await places.getByRole('button', { name: 'Use Scripted memory for new turns' }).click();
  await expect(rows.last()).toContainText('used for new turns');
});

test.describe('with a file that is no database', () => {
  // What cannot be asked while memory is down is answered with 5xx, which the console reports.
  test.use({ expectedErrors: [/Failed to load resource/] });

  test('memory that cannot start says why, and the chat goes on', async ({ page, provider }) => {
    const home = await mkdtemp(path.join(tmpdir(), 'rearview-browser-'));
    const folder = path.join(home, 'data', 'memory');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'memory.db'), 'this was never a database '.repeat(400));
    const broken = await App.start(home);
    try {
      await broken.useProvider(provider);
      await page.unrouteAll();
      const chatId = await broken.chat('A chat');
      await broken.prefer({ lastChat: chatId });
      await page.goto(broken.page);
      await expect(page.getByRole('status').filter({ hasText: 'Memory is not answering' })).toContainText(
        'could not start',
      );
      await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Hello');
      await page.keyboard.press('Enter');
      await expect(page.getByRole('article', { name: /^Answer/ })).toContainText('You said: Hello');
      const card = await openMemory(page);
      await expect(card).toContainText('Offline');
      await expect(card.getByRole('group', { name: 'Error' })).toContainText('could not start');
    } finally {
      await broken.stop();
    }
  });
});
