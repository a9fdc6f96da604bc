// Every view against the rules of WCAG 2.2 AA that a machine can check, in both themes.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { MODEL } from '../app';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds, in a form that a failed test can be read from. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test('a chat is accessible: empty, with an answer and the open pane, with its menus', async ({
      view,
      page,
      provider,
      memory,
    }) => {
      memory.knows('Ana is vegetarian.', 'Ana went to Lisbon.', 'Ana likes small places.');
      await view.begin();
      expect(await faults(page)).toEqual([]);
      provider.say(
        { reasoning: 'Hm.' },
        '# Head\n\nText with `code`, [a link](https://example.test/) and $x^2$.\n\n```js\nlet a = 1; // note\n```\n\n> quote\n\n- [ ] task\n',
      );
      await view.send('Where to eat?');
      await expect(view.answers.last()).toContainText('Stored');
      for (const part of ['Query and settings', 'Block', 'Exact request', 'Answer', 'Stored', 'Times'])
        await view.part(part);
      await view.injected
        .getByRole('list', { name: 'Injected memories' })
        .getByRole('button')
        .first()
        .click();
      await expect(view.injected.getByRole('region', { name: 'Body of the request' })).toBeVisible();
      expect(await faults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Memory of the next message' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await faults(page)).toEqual([]);
    });

    test('errors and waiting are accessible', async ({ view, page, provider, memory }) => {
      memory.moods.set('recall', { status: 500, detail: 'on fire' });
      memory.moods.set('retain', { status: 503, detail: 'at capacity' });
      provider.refuse(400, 'not like this');
      await view.begin();
      await view.send('Hello');
      await expect(view.answers.last().getByRole('button', { name: 'Retry' })).toBeVisible();
      expect(await faults(page)).toEqual([]);
    });

    test('every section of the settings is accessible', async ({ open, page }) => {
      test.slow();
      await open();
      await page.getByRole('button', { name: 'Settings', exact: true }).click();
      const sections = page.getByRole('navigation', { name: 'Sections' });
      for (const name of ['Models', 'Memory', 'Profiles', 'Appearance', 'Keys', 'Data', 'About']) {
        await sections.getByRole('button', { name, exact: true }).click();
        await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
        expect(await faults(page), name).toEqual([]);
      }
      await sections.getByRole('button', { name: 'Models', exact: true }).click();
      await page.getByRole('button', { name: 'Edit Scripted' }).click();
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await expect(page.getByRole('group', { name: 'What the check found' })).toBeVisible();
      expect(await faults(page), 'a provider').toEqual([]);
    });

    test('the card of memory on this computer is accessible with a model and the sample', async ({
      open,
      page,
      app,
    }) => {
      test.slow();
      await app.call('engine.saveModel', { model: MODEL, tokensPerDay: 1_000 });
      await app.call('engine.loadSample', {});
      await open();
      await page.getByRole('button', { name: 'Settings', exact: true }).click();
      await page
        .getByRole('navigation', { name: 'Sections' })
        .getByRole('button', { name: 'Memory', exact: true })
        .click();
      await expect(page.getByRole('meter', { name: 'Tokens used today' })).toBeVisible();
      for (const answer of ['Where is it?', 'What leaves this computer?'])
        await page.getByRole('button', { name: answer }).click();
      expect(await faults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Edit This computer' }).click();
      await expect(page.getByRole('region', { name: 'This computer' })).toBeVisible();
      expect(await faults(page), 'the form').toEqual([]);
    });

    test('search, palette, keys and the question before deleting are accessible', async ({ view, page }) => {
      await view.begin();
      for (const [chord, name] of [
        ['Control+K', 'Command palette'],
        ['Control+Shift+F', 'Search all chats'],
        ['Control+/', /Keyboard shortcuts|Keys/],
      ] as const) {
        await page.keyboard.press(chord);
        await expect(page.getByRole('dialog', { name })).toBeVisible();
        expect(await faults(page), chord).toEqual([]);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toHaveCount(0);
      }
      await page.getByRole('button', { name: 'More about this chat' }).click();
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await faults(page), 'delete').toEqual([]);
    });

    test.describe('with nothing set up', () => {
      test.use({ setUp: 'nothing' });

      test('each step of the welcome is accessible', async ({ open, page }) => {
        await open();
        await expect(page.getByRole('heading', { name: 'Choose a model' })).toBeVisible();
        expect(await faults(page)).toEqual([]);
        await page.getByRole('button', { name: 'Later' }).click();
        await expect(page.getByRole('heading', { name: /^Memory is/ })).toBeVisible();
        expect(await faults(page)).toEqual([]);
        await page.getByRole('button', { name: /^Use a Hindsight server/ }).click();
        expect(await faults(page)).toEqual([]);
        await page.getByRole('button', { name: 'Back' }).click();
        await page.getByRole('button', { name: 'Go on', exact: true }).click();
        await expect(page.getByRole('heading', { name: 'Begin' })).toBeVisible();
        expect(await faults(page)).toEqual([]);
      });
    });
  });
}
