// Missions, settings, prompts and scopes of a bank: written, tried on the sample's documents, kept in versions, given
// back. The sample bank of the engine in this app stands in for a bank that has lived a while.
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import type { App } from '../app';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const BANK = { serverId: 'embedded', bankId: 'sample' };

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

/** The page of the sample bank, with one of its sections open. */
async function openSection(page: Page, section: string): Promise<Locator> {
  const sections = page.getByRole('navigation', {
    name: 'Sections of the bank',
  });
  if (!(await sections.isVisible())) {
    await page.getByRole('button', { name: 'Banks', exact: true }).click();
    await page.getByRole('region', { name: 'Banks' }).getByText('sample', { exact: false }).first().click();
  }
  await sections.getByRole('button', { name: new RegExp(`^${section}( not saved)?$`) }).click();
  return page.getByRole('region', { name: /^Bank / });
}

const loadSample = (app: App) => app.call('engine.loadSample', {});
const overrides = async (app: App) => (await app.call('bankConfig.read', BANK)).config.overrides;
const tab = (page: Page, name: string) =>
  page.getByRole('radiogroup', { name: 'What to do' }).getByText(name, { exact: true });

test.describe('the sample bank', () => {
  test.use({ setUp: 'provider', sample: true });
  test.slow();
  test.beforeEach(async ({ app }) => {
    await loadSample(app);
    // The sample has missions of its own; they are its first version, and nothing holds after it.
    await app.call('bankConfig.reset', BANK);
  });

  test('missions are written, kept while one looks elsewhere, saved in one call, and undone', async ({
    page,
    open,
    app,
  }) => {
    await open();
    const bank = await openSection(page, 'Missions');
    await expect(bank.getByRole('note')).toContainText('Rules read neither missions nor instructions');
    const mission = bank.getByRole('textbox', {
      name: 'Retain mission',
      exact: true,
    });
    await mission.fill('Boats, and <b>who</b> rows them.');
    await expect(bank).toContainText(/\d+ tokens in each request/);
    await bank
      .getByRole('radiogroup', { name: /^Empathy/ })
      .getByText('5', { exact: true })
      .click();
    await openSection(page, 'Scopes');
    await openSection(page, 'Missions');
    await expect(mission).toHaveValue('Boats, and <b>who</b> rows them.');
    expect(await overrides(app)).toEqual({});

    const bar = page.getByRole('region', { name: 'Unsaved missions' });
    await expect(bar).toContainText('2 changes, not saved');
    await bar.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(bar).toHaveCount(0);
    expect(await overrides(app)).toEqual({
      retain_mission: 'Boats, and <b>who</b> rows them.',
      disposition_empathy: 5,
    });
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await expect.poll(() => overrides(app)).toEqual({});
  });

  test('what is written and not saved is there again after the window was closed', async ({
    page,
    open,
    app,
  }) => {
    await open();
    let bank = await openSection(page, 'Missions');
    await bank.getByRole('textbox', { name: 'Retain mission', exact: true }).fill('Boats, <b>not</b> saved.');
    bank = await openSection(page, 'Settings');
    await bank.getByRole('button', { name: 'Set Chunk size', exact: true }).click();
    await bank.getByRole('textbox', { name: 'Chunk size', exact: true }).fill('777');
    await expect
      .poll(async () => JSON.stringify((await app.call('app.preferences', {})).bankDrafts ?? null))
      .toMatch(/Boats.*777/);

    await page.reload();
    await expect(page.getByRole('button', { name: 'Banks', exact: true })).toBeVisible();
    bank = await openSection(page, 'Settings');
    await expect(bank.getByRole('textbox', { name: 'Chunk size', exact: true })).toHaveValue('777');
    await bank.getByRole('button', { name: 'Cancel' }).click();
    bank = await openSection(page, 'Missions');
    const mission = bank.getByRole('textbox', { name: 'Retain mission', exact: true });
    await expect(mission).toHaveValue('Boats, <b>not</b> saved.');
    await bank.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(() => overrides(app)).toEqual({ retain_mission: 'Boats, <b>not</b> saved.' });
    await expect.poll(async () => (await app.call('app.preferences', {})).bankDrafts ?? null).toBeNull();
  });

  test('a mode that needs instructions cannot be saved without them', async ({ page, open, app }) => {
    await open();
    const bank = await openSection(page, 'Missions');
    await bank.getByRole('radio', { name: /^Custom/ }).check();
    await expect(bank.getByRole('region', { name: 'Unsaved missions' })).toContainText('needs instructions');
    await expect(bank.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
    await bank.getByRole('textbox', { name: 'Custom instructions' }).fill('Only decisions.');
    await bank.getByRole('button', { name: 'Save', exact: true }).click();
    await expect
      .poll(() => overrides(app))
      .toEqual({
        retain_extraction_mode: 'custom',
        retain_custom_instructions: 'Only decisions.',
      });
  });

  test('a label and a strategy are built without writing JSON', async ({ page, open, app }) => {
    await open();
    const bank = await openSection(page, 'Missions');
    await bank.getByRole('button', { name: 'Add a label' }).click();
    await bank.getByRole('textbox', { name: 'Name', exact: true }).fill('project');
    await bank.getByRole('button', { name: 'Add a value' }).click();
    await bank.getByRole('textbox', { name: 'Value 1', exact: true }).fill('garden');
    await bank.getByRole('textbox', { name: 'Name of a new strategy' }).fill('quick');
    await bank.getByRole('button', { name: 'Add', exact: true }).click();
    const missions = bank.getByRole('textbox', { name: 'Retain mission', exact: true });
    await expect(missions).toHaveCount(2);
    await missions.last().fill('Only dates.');
    await bank.getByRole('button', { name: 'Save', exact: true }).click();
    await expect
      .poll(() => overrides(app))
      .toEqual({
        entity_labels: [
          {
            key: 'project',
            description: '',
            type: 'value',
            values: [{ value: 'garden', description: '' }],
          },
        ],
        retain_strategies: { quick: { retain_mission: 'Only dates.' } },
      });
  });

  test('versions are compared and an earlier one holds again', async ({ page, open, app }) => {
    const first = {
      retain_mission: 'Boats only, and the people who row them.',
    };
    await app.call('mission.save', { ...BANK, settings: first, base: null });
    await app.call('mission.save', {
      ...BANK,
      settings: { retain_mission: 'Boats only, and the people who sail them.' },
      base: null,
    });
    await open();
    const bank = await openSection(page, 'Missions');
    await tab(page, 'Versions').click();
    const versions = bank.getByRole('list', { name: 'Versions' });
    await expect(versions.getByRole('button')).toHaveCount(4);
    const change = bank.getByRole('group', {
      name: 'What changed in Retain mission',
    });
    await expect(change.locator('del')).toHaveText('row');
    await expect(change.locator('ins')).toHaveText('sail');
    await versions.getByRole('button').nth(1).click();
    await bank.getByRole('button', { name: 'Save this version again' }).click();
    await expect(versions.getByRole('button')).toHaveCount(5);
    await expect(versions).toContainText('saved again');
    expect(await overrides(app)).toEqual(first);
  });

  test('by rules the lab reads the last documents, costs nothing and finds no difference', async ({
    page,
    open,
  }) => {
    await open();
    const bank = await openSection(page, 'Missions');
    await bank.getByRole('textbox', { name: 'Retain mission', exact: true }).fill('Only boats.');
    await bank.getByRole('button', { name: 'Try first' }).click();
    await bank.getByRole('textbox', { name: 'How many' }).fill('4');
    await expect(bank).toContainText('Reads 4 documents twice, by rules');
    await expect(bank).toContainText('both readings will be the same');
    await bank.getByRole('button', { name: 'Read both ways' }).click();
    await expect(bank).toContainText('No fact came out otherwise.');
    await bank.getByText('Only documents with a difference').click();
    await expect(bank.getByRole('list', { name: 'Documents' }).getByRole('listitem').first()).toBeVisible();
    await expect(bank).toContainText('4 of 4');
  });

  test('settings are found, set, refused at their place, given back, and all reset by name', async ({
    page,
    open,
    app,
  }) => {
    await open();
    const bank = await openSection(page, 'Settings');
    await expect(bank).toContainText('0 of 57 set here');
    // Every key of this engine is in the table: nothing stands there without an explanation.
    await expect(bank).not.toContainText('does not know');
    await bank.getByRole('searchbox', { name: 'Search the settings' }).fill('chunk size');
    const row = bank.locator('[data-setting="retain_chunk_size"]');
    await row.getByRole('button', { name: 'Set Chunk size' }).click();
    await row.getByRole('textbox', { name: 'Chunk size' }).fill('900');
    await row.getByRole('button', { name: 'Save' }).click();
    await expect(row).toContainText('900 characters');
    await expect(row).toContainText('by default: 3000 characters');
    expect(await overrides(app)).toEqual({ retain_chunk_size: 900 });
    await bank.getByText('Only those set here').click();
    await expect(bank.locator('[data-setting]')).toHaveCount(1);
    await row.getByRole('button', { name: 'Inherit Chunk size again' }).click();
    await expect.poll(() => overrides(app)).toEqual({});

    await app.call('bankConfig.change', {
      ...BANK,
      updates: { retain_mission: 'x', retain_chunk_size: 5 },
    });
    await page.reload();
    await openSection(page, 'Settings');
    await bank.getByRole('button', { name: 'Inherit all…' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('button', { name: 'Inherit all' })).toBeDisabled();
    await dialog.getByRole('textbox').fill('sample');
    await dialog.getByRole('button', { name: 'Inherit all' }).click();
    await expect.poll(() => overrides(app)).toEqual({});
    const versions = await app.call('mission.versions', {
      ...BANK,
      limit: null,
      offset: null,
    });
    expect(versions.items.slice(0, 2).map(({ settings }) => settings)).toEqual([{}, { retain_mission: 'x' }]);
  });

  test('a piece of a prompt leads to the setting that made it', async ({ page, open, app }) => {
    const settings = { retain_mission: 'Boats <img src=x onerror=alert(1)>' };
    await app.call('mission.save', { ...BANK, settings, base: null });
    await open();
    const bank = await openSection(page, 'Prompts');
    await expect(bank).toContainText('<img src=x onerror=alert(1)>');
    await bank.getByRole('button', { name: 'Retain mission' }).click();
    await expect(bank.getByRole('textbox', { name: 'Retain mission', exact: true })).toBeFocused();
    await openSection(page, 'Prompts');
    await bank.getByRole('button', { name: 'Chunk size', exact: true }).click();
    await expect(
      bank.locator('[data-setting="retain_chunk_size"]').getByRole('button').first(),
    ).toBeFocused();
  });

  test('observations are counted by scope and cleared by name, and facts stay', async ({
    page,
    open,
    app,
  }) => {
    await open();
    const bank = await openSection(page, 'Scopes');
    await expect(bank.getByRole('table')).toContainText(/\d/);
    await bank.getByRole('button', { name: 'Clear observations…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('sample');
    await dialog.getByRole('button', { name: 'Clear observations' }).click();
    await expect(bank.getByRole('status')).toContainText('cleared');
    await expect(bank).toContainText('No observations yet');
    const facts = await app.call('memory.list', {
      ...BANK,
      filter: { factType: 'world', limit: 0 },
    });
    expect(facts.total).toBeGreaterThan(50);
  });

  for (const theme of ['light', 'dark'] as const) {
    test.describe(`in the ${theme} theme`, () => {
      test.use({ colorScheme: theme });

      test('missions, settings, prompts and scopes are accessible', async ({ page, open, app }) => {
        const settings = {
          retain_mission: 'Boats.',
          entity_labels: [{ key: 'k', type: 'value', values: [{ value: 'v' }] }],
        };
        await app.call('mission.save', {
          ...BANK,
          settings: { reflect_mission: 'x' },
          base: null,
        });
        await app.call('mission.save', { ...BANK, settings, base: null });
        await open();
        const bank = await openSection(page, 'Missions');
        await bank.getByRole('textbox', { name: 'Retain mission', exact: true }).fill('Boats and birds.');
        await bank.getByRole('radio', { name: /^Custom/ }).check();
        await bank.getByRole('button', { name: /^k/ }).click();
        expect(await faults(page)).toEqual([]);
        await bank.getByRole('textbox', { name: 'Custom instructions' }).fill('Only boats.');
        await tab(page, 'Try').click();
        await bank.getByRole('button', { name: 'Read both ways' }).click();
        await expect(bank).toContainText('No fact came out otherwise.');
        await bank.getByText('Only documents with a difference').click();
        expect(await faults(page)).toEqual([]);
        await tab(page, 'Versions').click();
        await expect(bank.getByRole('list', { name: 'Versions' }).getByRole('button')).toHaveCount(4);
        expect(await faults(page)).toEqual([]);
        await openSection(page, 'Settings');
        await bank.getByRole('button', { name: 'Set Chunk size', exact: true }).click();
        expect(await faults(page)).toEqual([]);
        await openSection(page, 'Prompts');
        await expect(bank).toContainText('System message');
        expect(await faults(page)).toEqual([]);
        await openSection(page, 'Scopes');
        await expect(bank.getByRole('table')).toBeVisible();
        expect(await faults(page)).toEqual([]);
      });
    });
  }
});
