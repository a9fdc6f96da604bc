// Documents of the sample bank: found, read in chunks with their facts, tagged, and deleted with what goes with them; and
// the document of a turn leads to its chat.
import { SAMPLE, elements, faults, openTab } from '../browse';
import { expect, test } from '../test';

test.use({ setUp: 'provider', sample: true });

test.beforeEach(async ({ app }) => {
  test.slow();
  await app.call('engine.loadSample', {});
});

test('a document is found, its fact lights up its chunk, and tags are kept', async ({ page, open, app }) => {
  const { items } = await app.call('document.list', { ...SAMPLE, filter: { limit: 100 } });
  const document = items.find((one) => (one.memoryUnitCount ?? 0) > 2);
  if (!document) throw new Error('no document has facts');
  await open();
  await openTab(page, 'Documents');
  await page.getByRole('searchbox', { name: 'Search documents' }).fill(document.id);
  await page.getByRole('listbox', { name: 'Documents' }).getByRole('option').first().click();
  const view = page.getByRole('region', { name: 'Document', exact: true });
  const chunk = view.getByRole('article').first();
  await expect(chunk).toContainText(/Chunk 1 of/, { timeout: 30_000 });
  await chunk.getByRole('button').first().click();
  await expect(view.locator('article.lit')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Memory', exact: true })).toBeVisible();
  const tags = view.getByLabel('Tags of the document');
  await tags.fill('from the spec');
  await tags.press('Enter');
  await view.getByRole('button', { name: 'Save tags' }).click();
  await expect(view).toContainText('Tags saved');
  const read = await app.call('document.read', { ...SAMPLE, documentId: document.id });
  expect(read.document?.tags).toContain('from the spec');
  await view.getByRole('tab', { name: 'Details and history' }).click();
  await expect(view).toContainText('Tags changed');
});

test('deleting says what goes along, and does it', async ({ page, open, app }) => {
  await open();
  await openTab(page, 'Documents');
  const list = page.getByRole('listbox', { name: 'Documents' });
  await expect(list.getByRole('option').first()).toBeVisible({ timeout: 30_000 });
  await list.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  const view = page.getByRole('region', { name: 'Document', exact: true });
  await view.getByRole('button', { name: 'Delete…' }).click();
  const asks = page.getByRole('dialog', { name: 'Delete this document?' });
  await expect(asks).toContainText(/facts? of it go(es)? with it/, { timeout: 30_000 });
  await asks.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(asks).toHaveCount(0);
  await expect(page.getByText('60 documents')).toBeVisible({ timeout: 30_000 });
  expect((await app.call('document.list', { ...SAMPLE, filter: { limit: 1 } })).total).toBe(60);
});

test('the text of a document is edited: what is lost is said first, and then it is read anew under its id', async ({
  page,
  open,
  app,
}) => {
  const { items } = await app.call('document.list', { ...SAMPLE, filter: { limit: 100 } });
  const document = items.find((one) => (one.memoryUnitCount ?? 0) > 2);
  if (!document) throw new Error('no document has facts');
  const facts = await app.call('memory.list', {
    ...SAMPLE,
    filter: { documentId: document.id, factType: 'world', limit: 1 },
  });
  const fact = facts.items[0];
  if (!fact) throw new Error('the document has no fact');
  await app.call('memory.change', {
    ...SAMPLE,
    label: 'Edit by hand',
    changes: [{ id: fact.id, patch: { text: 'Edited by hand.' } }],
  });
  await open();
  await openTab(page, 'Documents');
  await page.getByRole('searchbox', { name: 'Search documents' }).fill(document.id);
  await page.getByRole('listbox', { name: 'Documents' }).getByRole('option').first().click();
  const view = page.getByRole('region', { name: 'Document', exact: true });
  await view.getByRole('button', { name: 'Edit text…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit the text' });
  const text = dialog.getByRole('textbox', { name: 'Text of the document' });
  await expect(text).not.toHaveValue('');
  await expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
  await expect(dialog).toContainText('1 edited by hand', { timeout: 30_000 });
  await text.fill('Mara keeps seven hens behind the old mill.');
  // What was typed outlives the dialog and a look at another document.
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await view.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('listbox', { name: 'Documents' }).getByRole('option').first().click();
  await view.getByRole('button', { name: 'Go on editing…' }).click();
  await expect(text).toHaveValue('Mara keeps seven hens behind the old mill.');
  await expect(dialog).toContainText('The text as it was is not kept.');
  await text.press('ControlOrMeta+Enter');
  await expect(dialog).toHaveCount(0);
  await expect(view.getByText('Read anew.')).toBeVisible({ timeout: 30_000 });
  const read = await app.call('document.read', { ...SAMPLE, documentId: document.id });
  expect(read.document?.originalText).toBe('Mara keeps seven hens behind the old mill.');
  await expect(view.getByRole('article').first()).toContainText('seven hens');
  await expect(view.getByRole('button', { name: 'Edit text…' })).toBeVisible();
});

test('a hundred thousand documents stand in a bounded page', async ({ page, open }) => {
  const total = 100_000;
  await page.route('**/rpc/document.list', (route) => {
    const { filter } = route.request().postDataJSON() as { filter: { limit: number; offset?: number } };
    const offset = filter.offset ?? 0;
    const items = Array.from({ length: Math.min(filter.limit, total - offset) }, (_, n) => ({
      id: `document ${offset + n} <script>`,
      tags: [],
      memoryUnitCount: 1,
      textLength: 5,
      createdAt: null,
      updatedAt: null,
    }));
    return route.fulfill({ json: { items, total, totalIsEstimate: false } });
  });
  await open();
  await openTab(page, 'Documents');
  const list = page.getByRole('listbox', { name: 'Documents' });
  await expect(list.getByText('document 0 <script>')).toBeVisible({ timeout: 30_000 });
  await list.focus();
  await page.keyboard.press('End');
  await expect(list.getByText('document 99999 <script>')).toBeVisible();
  expect(await elements(page)).toBeLessThan(2000);
});

for (const theme of ['light', 'dark'] as const) {
  test(`axe has nothing against documents in ${theme}`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme: theme });
    await open();
    await openTab(page, 'Documents');
    await page.getByRole('listbox', { name: 'Documents' }).getByRole('option').first().click();
    await expect(page.getByRole('article').first()).toBeVisible({ timeout: 30_000 });
    expect(await faults(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Details and history' }).click();
    expect(await faults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Edit text…' }).click();
    await expect(page.getByRole('dialog', { name: 'Edit the text' })).toContainText('characters');
    expect(await faults(page, '[role="dialog"]')).toEqual([]);
  });
}
