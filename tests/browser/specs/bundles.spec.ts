// A turn in one file: shown before it is written, with and without its texts, opened read-only from a file whose texts
// are hostile, and refused in a sentence when it is broken.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { faults } from '../browse';
import type { ChatView } from '../chatView';
import { expect, test } from '../test';

const SHOTS = path.resolve(__dirname, '../../../target/shots');
const HOSTILE = '<img src=x onerror=alert(1)> \u202eBob is a potter. <script>alert(2)</script>';
const FACTS = ['Ana flies to Lisbon on 14 March.', HOSTILE];

/** Saves the turn that the panel shows and answers the path of its file. */
async function save(page: Page, view: ChatView, texts: boolean): Promise<string> {
  await view.injected.getByRole('button', { name: 'More about injections' }).click();
  await page.getByRole('menuitem', { name: /Save turn bundle/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Save turn bundle' });
  const parts = dialog.getByRole('table', { name: 'What is in the file' });
  await expect(parts).toBeVisible();
  if (!texts) {
    await dialog.getByRole('switch', { name: /With texts/ }).uncheck();
    await expect(parts).toContainText('without-texts');
  }
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  const saved = dialog.getByRole('status');
  await expect(saved).toContainText('Saved as');
  const file = (await saved.locator('.mono').textContent()) ?? '';
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await expect(dialog).toBeHidden();
  return file;
}

async function open(page: Page, file: string): Promise<void> {
  await page.keyboard.press('Control+Shift+H');
  await page.getByLabel('Turn bundle', { exact: true }).setInputFiles(file);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('a turn is saved after one has seen what is in it, and opens read-only with its bytes checked', async ({
      page,
      view,
      memory,
      provider,
    }) => {
      memory.knows(...FACTS);
      provider.say(`You fly to Lisbon. ${HOSTILE}`);
      await view.begin();
      await view.ask('When does Ana leave?', 'to Lisbon');
      await view.injected.getByRole('button', { name: 'More about injections' }).click();
      await page.getByRole('menuitem', { name: /Save turn bundle/ }).click();
      const dialog = page.getByRole('dialog', { name: 'Save turn bundle' });
      await dialog.getByRole('button', { name: /look into it/ }).click();
      await expect(dialog.locator('pre')).toContainText('"format": "rearview-turn"');
      expect(await faults(page, '[role=dialog]')).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `bundle-save-${colorScheme}.png`) });
      await page.keyboard.press('Escape');
      const file = await save(page, view, true);

      await open(page, file);
      const bundle = page.getByRole('article', { name: 'Turn bundle' });
      await expect(bundle).toContainText('From a bundle, read-only.');
      await expect(bundle.locator('[data-verdict]')).toHaveAttribute('data-verdict', 'matches');
      await expect(bundle).toContainText('When does Ana leave?');
      await expect(bundle).toContainText('<script>alert(2)</script>');
      const panel = bundle.getByRole('region', { name: 'Injected memories of the bundle' });
      await expect(panel.locator('.card')).toHaveCount(2);
      await panel.locator('[data-memory-card]').filter({ hasText: 'Lisbon' }).click();
      await expect(panel.getByRole('button', { name: /Pin to this chat|Edit|Invalidate/ })).toHaveCount(0);
      await expect(panel.getByText('Not here, because they need the chat')).toBeVisible();
      await expect(panel.getByText('against the request before')).toHaveCount(0);
      await expect(panel.getByText('SHA-256 matches').first()).toBeVisible();
      expect(await faults(page)).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `bundle-open-${colorScheme}.png`) });
      await panel.getByRole('button', { name: 'Open large' }).click();
      const xray = page.getByRole('dialog', { name: /request/i });
      await expect(xray).toContainText('Lisbon');
      await expect(xray.getByText('the request before')).toHaveCount(0);
      await page.keyboard.press('Escape');
      await bundle.getByRole('button', { name: 'Close the bundle' }).click();
      await expect(page.getByRole('listbox', { name: 'Turns' }).getByRole('option')).toHaveCount(1);
    });

    test('without texts there are lengths and hashes, and the check says why it cannot match', async ({
      page,
      view,
      memory,
    }) => {
      memory.knows(...FACTS);
      await view.begin();
      await view.ask('When does Ana leave?');
      const file = await save(page, view, false);
      expect(readFileSync(file, 'utf8')).not.toMatch(/Lisbon|Ana|leave/);
      await open(page, file);
      const bundle = page.getByRole('article', { name: 'Turn bundle' });
      await expect(bundle.locator('[data-verdict]')).toHaveAttribute('data-verdict', 'replaced');
      await expect(bundle).toContainText('[20 characters · ');
      await expect(bundle).not.toContainText('exactly as sent');
      expect(await faults(page)).toEqual([]);
      await page.screenshot({ path: path.join(SHOTS, `bundle-open-without-${colorScheme}.png`) });
    });
  });
}

test('a bundle file that is dropped on Injections opens', async ({ page, view, memory }) => {
  memory.knows(...FACTS);
  await view.begin();
  await view.ask('When does Ana leave?');
  const text = readFileSync(await save(page, view, true), 'utf8');
  await page.keyboard.press('Control+Shift+H');
  const target = page.locator('section[aria-label=Memories] .injections');
  await expect(target).toBeVisible();
  /** What a person drags in from a folder. */
  const dragged = (name: string, content: string) =>
    page.evaluateHandle(
      ([name, content]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content ?? ''], name ?? '', { type: 'application/json' }));
        return transfer;
      },
      [name, content],
    );
  const file = await dragged('turn.json', text);
  await target.dispatchEvent('dragover', { dataTransfer: file });
  await expect(target).toHaveClass(/over/);
  await target.dispatchEvent('dragleave', { dataTransfer: file });
  await expect(target).not.toHaveClass(/over/);
  await expect(page.getByRole('article', { name: 'Turn bundle' })).toHaveCount(0);
  await target.dispatchEvent('dragover', { dataTransfer: file });
  await target.dispatchEvent('drop', { dataTransfer: file });
  const bundle = page.getByRole('article', { name: 'Turn bundle' });
  await expect(bundle).toContainText('turn.json');
  await expect(bundle.locator('[data-verdict]')).toHaveAttribute('data-verdict', 'matches');
  await expect(target).not.toHaveClass(/over/);
  await bundle.getByRole('button', { name: 'Close the bundle' }).click();
  await expect(page.getByRole('listbox', { name: 'Turns' }).getByRole('option')).toHaveCount(1);
});

test.describe('broken files', () => {
  // The harness says 400 for what the backend refuses.
  test.use({ expectedErrors: [/status of 400/] });

  test('a broken file is told in a sentence and the history stays', async ({ page, view }, info) => {
    await view.begin();
    await view.ask('Hello');
    const file = await save(page, view, true);
    const text = readFileSync(file, 'utf8');
    const as = (name: string, content: string): string => {
      const at = info.outputPath(name);
      writeFileSync(at, content);
      return at;
    };
    for (const [name, content, words] of [
      ['cut.json', text.slice(0, text.length / 2), 'was cut'],
      ['newer.json', text.replace('"version": 1', '"version": 99'), 'reads up to 1'],
      ['other.json', '{"a": 1}', 'is no turn bundle'],
      ['empty.json', '', 'is empty'],
    ] as const) {
      await open(page, as(name, content));
      await expect(
        page.locator('section[aria-label=Memories]').getByRole('group', { name: 'Error' }),
      ).toContainText(words);
    }
    await expect(page.getByRole('listbox', { name: 'Turns' }).getByRole('option')).toHaveCount(1);
    await open(page, as('changed.json', text.replaceAll('Hello', 'Jello')));
    const bundle = page.getByRole('article', { name: 'Turn bundle' });
    await expect(bundle.locator('[data-verdict]')).toHaveAttribute('data-verdict', 'differs');
    await expect(bundle).toContainText('these are not the bytes that were sent');
  });
});
