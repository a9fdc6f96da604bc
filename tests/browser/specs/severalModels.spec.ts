// The same message to several models: columns that stream for themselves, one stop each, going on with one, comparing
// branches later, and files that go with a message.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Gate } from '../fakes/gate';
import { expect, test } from '../test';

const column = (page: Page, name: string) => page.getByRole('region', { name: `Answer of ${name}` });

async function addModel(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByRole('option', { name: new RegExp(name) }).click();
}

test.use({ viewport: { width: 1600, height: 900 } });

test('two models answer the same message side by side, each for itself', async ({ view, provider, page }) => {
  await view.begin();
  await addModel(page, 'scripted-2');
  await expect(page.getByRole('list', { name: 'More models for this message' })).toContainText('scripted-2');
  const half = new Gate();
  provider.sayAs('scripted-1', 'One says ', half, 'this.');
  provider.sayAs('scripted-2', 'Two says that.');
  await view.send('Which?');
  await expect(column(page, 'scripted-2')).toContainText('Two says that.');
  await expect(column(page, 'scripted-2')).toContainText('Stored');
  await expect(column(page, 'scripted-1').getByRole('button', { name: 'Stop scripted-1' })).toBeVisible();
  half.open();
  await expect(column(page, 'scripted-1')).toContainText('One says this.');
  await expect(view.sendButton).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});

test('one column is stopped while the other goes on; stop stops all', async ({ view, provider, page }) => {
  await view.begin();
  await addModel(page, 'scripted-2');
  const never = new Gate();
  provider.sayAs('scripted-1', 'First half', never);
  provider.sayAs('scripted-2', 'Second half', never);
  await view.send('Which?');
  await expect(column(page, 'scripted-2')).toContainText('Second half');
  await column(page, 'scripted-2').getByRole('button', { name: 'Stop scripted-2' }).click();
  await expect(column(page, 'scripted-2')).toContainText('Stopped. What came is kept.');
  await expect(column(page, 'scripted-1').getByRole('button', { name: 'Stop scripted-1' })).toBeVisible();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(column(page, 'scripted-1')).toContainText('Stopped.');
  await provider.until(() => provider.hungUp === 2);
});

test('going on with one makes its branch the visible one, also after a reload', async ({
  view,
  provider,
  page,
}) => {
  await view.begin();
  await addModel(page, 'scripted-2');
  provider.sayAs('scripted-1', 'One.');
  provider.sayAs('scripted-2', 'Two.');
  await view.send('Which?');
  await expect(column(page, 'scripted-1')).toContainText('One.');
  await expect(column(page, 'scripted-2')).toContainText('Two.');
  await expect(column(page, 'scripted-1')).toContainText('goes on here');
  await column(page, 'scripted-2').getByRole('button', { name: 'Continue with this one' }).click();
  await expect(column(page, 'scripted-2')).toContainText('goes on here');
  await view.send('And then?');
  await expect(view.answers.last()).toContainText('You said: And then?');
  expect(provider.asked.at(-1)?.body).toContain('Two.');
  expect(provider.asked.at(-1)?.body).not.toContain('One.');
  await page.reload();
  await expect(view.answers.first()).toContainText('Two.');
  await view.answers.first().hover();
  await view.answers.first().getByRole('button', { name: 'Compare answers' }).click();
  await expect(column(page, 'scripted-1')).toContainText('One.');
  await page.getByRole('button', { name: 'Show one answer' }).click();
  await expect(view.answers.first()).toContainText('Two.');
});

test('each column shows its own turn at the right', async ({ view, provider, page, memory }) => {
  memory.knows('Ana is vegetarian.');
  await view.begin();
  await addModel(page, 'scripted-2');
  provider.sayAs('scripted-1', 'One.');
  provider.sayAs('scripted-2', 'Two.');
  await view.send('Which?');
  await expect(column(page, 'scripted-2')).toContainText('Two.');
  await expect(column(page, 'scripted-1')).toContainText('One.');
  await column(page, 'scripted-2').getByRole('button', { name: 'scripted-2', exact: true }).click();
  const panel = await view.part('Query and settings');
  await expect(panel).toContainText('scripted/scripted-2');
  await column(page, 'scripted-1').getByRole('button', { name: 'scripted-1', exact: true }).click();
  await expect(panel).toContainText('scripted/scripted-1');
});

test('one that fails leaves the other alone', async ({ view, provider, page }) => {
  await view.begin();
  await addModel(page, 'scripted-2');
  provider.sayAs('scripted-1', 'Whole answer.');
  provider.sayAs('scripted-2', 'Half, ', { error: 'the upstream fell over' });
  await view.send('Which?');
  await expect(column(page, 'scripted-1')).toContainText('Whole answer.');
  await expect(column(page, 'scripted-2').getByRole('button', { name: 'Retry' })).toBeVisible();
  await expect(column(page, 'scripted-2')).toContainText('Half,');
});

test('in a narrow window tabs say which answer is shown', async ({ view, provider, page }) => {
  await page.setViewportSize({ width: 700, height: 700 });
  await view.begin();
  await addModel(page, 'scripted-2');
  provider.sayAs('scripted-1', 'One.');
  provider.sayAs('scripted-2', 'Two.');
  await view.send('Which?');
  await expect(column(page, 'scripted-1')).toContainText('One.');
  await expect(column(page, 'scripted-2')).toHaveCount(0);
  await page.getByRole('tab', { name: 'scripted-2' }).click();
  await expect(column(page, 'scripted-2')).toContainText('Two.');
});

test('files are told apart, refused with a sentence, and go with the message', async ({
  view,
  provider,
  page,
}) => {
  await view.begin();
  await page.getByLabel('Images and files').setInputFiles([
    {
      name: 'notes.md',
      mimeType: 'text/markdown',
      buffer: Buffer.from('Ana lands at 19:40.'),
    },
    { name: 'all.zip', mimeType: 'application/zip', buffer: Buffer.from('PK') },
  ]);
  const files = page.getByRole('list', { name: 'Files of this message' });
  await expect(files).toContainText('notes.md');
  await expect(page.getByText('all.zip is no image, PDF or text')).toBeVisible();
  await view.send('When?');
  await expect(view.questions.last()).toContainText('notes.md');
  await provider.until(() => provider.asked.length === 1);
  expect(provider.asked[0]?.body).toContain('Ana lands at 19:40.');
});
