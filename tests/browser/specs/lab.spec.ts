// The recall lab on the memory of this computer with its sample: recall by hand, the trace as a picture and as a table, two
// settings side by side, why a fact is not there, and a check in two clicks; axe in both themes.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { App } from '../app';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SHOTS = process.env['REARVIEW_SHOTS'];

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

async function shot(page: Page, name: string) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

async function openLab(page: Page, app: App, open: () => Promise<void>) {
  await app.call('engine.loadSample', {});
  await open();
  await page.getByRole('button', { name: 'Recall lab', exact: true }).click();
  const lab = page.getByRole('region', { name: 'Recall lab' });
  await lab.getByRole('button', { name: /^Bank/ }).click();
  await page
    .getByRole('option', { name: /sample/i })
    .first()
    .click();
  await expect(lab.getByRole('textbox', { name: 'Query' })).toBeVisible();
  return lab;
}

test.use({ setUp: 'provider' });
test.slow();

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme, viewport: { width: 1280, height: 800 } });

    test('every part of the lab is accessible and can be looked at', async ({ page, open, app }) => {
      const lab = await openLab(page, app, open);
      expect(await faults(page)).toEqual([]);
      await lab.getByRole('textbox', { name: 'Query' }).fill('What is Wiebke allergic to?');
      await lab.getByRole('textbox', { name: 'Query' }).press('Enter');
      const candidates = lab.getByRole('list', { name: /^Candidates/ });
      await expect(candidates.getByRole('button').first()).toBeVisible();
      await shot(page, `${theme}-picture`);
      expect(await faults(page)).toEqual([]);
      await candidates.getByRole('button').first().focus();
      await page.keyboard.press('ArrowDown');
      await expect(lab.getByRole('region', { name: 'Numbers of the candidate' })).toContainText('bm25_score');
      await page.mouse.move(0, 0);
      await shot(page, `${theme}-numbers`);
      await lab.getByText('Table', { exact: true }).click();
      await expect(lab.getByRole('columnheader', { name: 'Keyword' })).toBeVisible();
      await shot(page, `${theme}-table`);
      expect(await faults(page)).toEqual([]);
      await lab.getByText('Checks', { exact: true }).click();
      await expect(lab.getByText('No checks yet')).toBeVisible();
      expect(await faults(page)).toEqual([]);
    });
  });
}

test('what differs from what the app sends is marked, and one click takes it back', async ({
  page,
  open,
  app,
}) => {
  const lab = await openLab(page, app, open);
  await expect(lab.getByText('changed', { exact: true })).toHaveCount(0);
  await lab.getByText('high', { exact: true }).click();
  await expect(lab.getByText('changed', { exact: true })).toHaveCount(1);
  await expect(lab.getByRole('button', { name: 'Reset 1' })).toBeVisible();
  await lab.getByRole('button', { name: 'Back to the default: budget' }).click();
  await expect(lab.getByText('changed', { exact: true })).toHaveCount(0);
});

test('two settings run together and show how ranks move', async ({ page, open, app }) => {
  const lab = await openLab(page, app, open);
  await lab.getByRole('textbox', { name: 'Query' }).fill('What is Wiebke allergic to?');
  await lab.getByRole('button', { name: 'Two settings side by side' }).click();
  await lab.getByLabel('max_tokens').fill('60');
  await lab.getByRole('button', { name: 'Recall both' }).click();
  await expect(lab.getByRole('list', { name: 'Results of A' }).getByRole('button').first()).toBeVisible();
  await expect(lab.getByRole('list', { name: 'Results of B' }).getByRole('button').first()).toBeVisible();
  await expect(lab.getByText(/0 new in B · [1-9]\d* gone/)).toBeVisible();
  await shot(page, 'compare');
});

test('a fact that is missed has its gate named, and the change lets it in', async ({ page, open, app }) => {
  const lab = await openLab(page, app, open);
  await lab.getByRole('textbox', { name: 'Query' }).fill('What is Wiebke allergic to?');
  await lab.getByLabel('max_tokens').fill('40');
  await lab.getByRole('button', { name: 'Recall', exact: true }).click();
  const candidates = lab.getByRole('list', { name: /^Candidates/ });
  const out = candidates
    .getByRole('button')
    .filter({ hasText: /tokens? over/ })
    .first();
  await out.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Why is this not here' }).click();
  const why = lab.getByRole('region', { name: 'Why is this fact not here' });
  await expect(why).toContainText(/more tokens? would have let it in; 40 were allowed/);
  await expect(why).toContainText(/max_tokens: 40 → \d+/);
  await shot(page, 'why');
  await why.getByRole('button', { name: 'Apply and recall' }).click();
  await expect(why).toContainText(/It is here, at rank \d+/);
});

test('a check is made in two clicks, runs green, and goes red when memory changes', async ({
  page,
  open,
  app,
}) => {
  const lab = await openLab(page, app, open);
  await lab.getByRole('textbox', { name: 'Query' }).fill('What is Wiebke allergic to?');
  await lab.getByRole('textbox', { name: 'Query' }).press('Enter');
  await lab.getByText('Results', { exact: true }).click();
  const first = lab.getByRole('list', { name: 'Results' }).getByRole('listitem').first();
  await first.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Expect this', exact: true }).click();
  await lab.getByText('Checks', { exact: true }).click();
  await lab.getByRole('button', { name: 'Run all' }).click();
  const checks = lab.getByRole('list', { name: 'Checks', exact: true });
  await expect(checks).toContainText('Green');
  const [check] = (await app.call('check.list', {})).items;
  const expected = check?.check.expect[0];
  if (!check || expected?.kind !== 'fact') throw new Error('no check was saved');
  await app.call('check.save', {
    check: { ...check.check, expect: [{ kind: 'never', text: expected.text }] },
  });
  await lab.getByRole('button', { name: 'Run all' }).click();
  await expect(checks).toContainText('Red');
  await expect(checks).toContainText('was green');
  await shot(page, 'checks');
});
