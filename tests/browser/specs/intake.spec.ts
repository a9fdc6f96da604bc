// Bringing memory in and taking it out, on the engine in the app: an export with branches, a dry run, a batch and its
// undo, files that cannot be read, and facts in a file.
import AxeBuilder from '@axe-core/playwright';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { App } from '../app';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

test.use({ setUp: 'nothing' });

const EXPORT = JSON.stringify([
  {
    uuid: 'c1',
    name: 'Moving <img src=x onerror=alert(1)>',
    created_at: '2024-05-01T10:00:00Z',
    chat_messages: [
      {
        uuid: 'a',
        sender: 'human',
        text: 'My sister Ana moved to Lisbon in March.',
        parent_message_uuid: '0',
        created_at: '2024-05-01T10:00:00Z',
      },
      {
        uuid: 'b',
        sender: 'assistant',
        text: 'A fine town.',
        parent_message_uuid: 'a',
        created_at: '2024-05-01T10:00:05Z',
      },
    ],
  },
  {
    uuid: 'c2',
    name: 'Bees',
    created_at: '2024-06-01T10:00:00Z',
    chat_messages: [
      {
        uuid: 'c',
        sender: 'human',
        text: 'My brother Bob keeps bees.',
        created_at: '2024-06-01T10:00:00Z',
      },
    ],
  },
]);

/** A bank with one fact, and the tab open on it. */
async function begin(page: Page, app: App, open: () => Promise<void>, tab: string) {
  await app.prefer({ welcomed: true });
  const plan = {
    serverId: 'embedded',
    bankId: 'ana',
    sources: [{ kind: 'text' as const, text: 'My friend Zoe plays the cello.' }],
    voices: 'both' as const,
    tags: [],
  };
  const { id } = await app.call('intake.start', { plan, label: 'First' });
  await expect
    .poll(async () => (await app.call('intake.batches', {})).items.find((one) => one.id === id)?.state, {
      timeout: 60_000,
    })
    .toBe('done');
  await open();
  await page.getByRole('button', { name: 'Memories', exact: true }).click();
  await page.getByRole('tab', { name: tab }).click();
}

async function choose(page: Page, name: string, content: string | Buffer) {
  await page.getByLabel('Files', { exact: true }).setInputFiles({
    name,
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(content),
  });
}

test('an export is chosen from, tried, brought in, and taken out again', async ({ page, app, open }) => {
  test.slow();
  await begin(page, app, open, 'Bring in');
  await choose(page, 'conversations.json', EXPORT);
  const list = page.getByRole('group', {
    name: 'Conversations in conversations.json',
  });
  await expect(list).toContainText('<img src=x onerror=alert(1)>');
  await page.getByLabel('Search titles in conversations.json').fill('bees');
  await list.getByRole('checkbox').uncheck();
  await page.getByLabel('Search titles in conversations.json').fill('');
  await expect(page.getByText('1 of 2 conversations')).toBeVisible();

  await page.getByRole('button', { name: 'Try 3 documents' }).click();
  const run = page.getByRole('region', { name: 'Dry run' });
  await expect(run).toContainText('nothing was stored', { timeout: 30_000 });
  await expect(run).toContainText('Lisbon');
  await expect(run).toContainText('by rules, without a model');

  await page.getByRole('button', { name: 'Bring into ana' }).click();
  const batches = page.getByRole('region', { name: 'Brought in' });
  // The batch of the beginning is done as well; it is this one that counts.
  const line = batches.getByRole('listitem').filter({ hasText: 'conversations.json' });
  await expect(line).toContainText('Done · 1 of 1 document', { timeout: 60_000 });
  await expect(list).toHaveCount(0);

  const facts = async () =>
    (
      await app.call('memory.list', {
        serverId: 'embedded',
        bankId: 'ana',
        filter: {},
      })
    ).items.map(({ text }) => text);
  expect((await facts()).join()).toContain('Lisbon');
  expect((await facts()).join()).not.toContain('bees');

  await line.getByRole('button', { name: 'Take out' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take out' }).click();
  await expect(line).toContainText('Taken out · 1 document taken out', {
    timeout: 30_000,
  });
  expect((await facts()).join()).not.toContain('Lisbon');
  expect((await facts()).join()).toContain('cello');
});

test.describe('with a broken file', () => {
  test.use({ expectedErrors: [/status of 400/] });

  test('a file that cannot be read says why and does not stand in the way of the others', async ({
    page,
    app,
    open,
  }) => {
    await begin(page, app, open, 'Bring in');
    await choose(page, 'broken.zip', Buffer.from([0x50, 0x4b, 3, 4, 0]));
    await expect(page.getByText(/The archive is damaged/)).toBeVisible();
    await choose(page, 'notes.md', 'Ana sails on Sundays.');
    await expect(page.getByText('text, 21 characters')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Bring into ana' })).toBeEnabled();
    await page.getByRole('button', { name: 'Leave out broken.zip' }).click();
    await expect(page.getByText(/The archive is damaged/)).toHaveCount(0);
    await choose(page, 'report.pdf', '%PDF-1.7');
    await expect(page.getByText(/Save it as text or markdown instead/)).toBeVisible();
  });
});

test('facts are written into a file whose path is shown', async ({ page, app, open }) => {
  await begin(page, app, open, 'Take out');
  await page.getByRole('radio', { name: /^Table/ }).check();
  await page.getByRole('button', { name: 'Write the file' }).click();
  const path = await page.locator('code').textContent({ timeout: 30_000 });
  expect(path).toMatch(/memories-ana.*\.csv$/);
  expect(await readFile(path ?? '', 'utf8')).toContain('cello');
});

for (const theme of ['light', 'dark'] as const) {
  test(`both tabs can be used by everybody, ${theme}`, async ({ page, app, open }) => {
    await page.emulateMedia({ colorScheme: theme });
    await begin(page, app, open, 'Bring in');
    await choose(page, 'conversations.json', EXPORT);
    await page.getByRole('button', { name: 'Try 3 documents' }).click();
    await expect(page.getByRole('region', { name: 'Dry run' })).toContainText('nothing was stored', {
      timeout: 30_000,
    });
    const found = [];
    for (const tab of ['Bring in', 'Take out']) {
      await page.getByRole('tab', { name: tab }).click();
      const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
      found.push(
        ...violations.map(
          ({ id, nodes }) => `${tab}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
        ),
      );
    }
    expect(found).toEqual([]);
  });
}
