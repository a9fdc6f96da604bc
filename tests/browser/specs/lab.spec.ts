// The recall lab on the memory of this computer with its sample: recall by hand, the trace as a picture and as a table, two
// settings side by side, why a fact is not there, and a check in two clicks; reflect and retain with a scripted model; axe
// in both themes.
import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { MODEL } from '../app';
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

const SAMPLE = { serverId: 'embedded', bankId: 'sample' };
const HOSTILE = '<img src=x onerror=alert(1)>';

/** What a model says when it reads a text for memory. */
const found = (text: string) =>
  JSON.stringify({
    facts: [{ text, kind: 'world', start: null, end: null, entities: ['Mareike'], because: [] }],
  });
/** What a model says in one turn of a reflect. */
const turn = (now: object) =>
  JSON.stringify({ tool: null, query: null, ids: null, depth: null, answer: null, cited: null, ...now });

test.use({ setUp: 'provider', sample: true });
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

for (const theme of ['light', 'dark'] as const) {
  test.describe(`with a model, in the ${theme} theme`, () => {
    test.use({ colorScheme: theme, viewport: { width: 1280, height: 800 } });

    test('a reflect tells its answer, what it rests on and its steps, and is kept as a directive', async ({
      page,
      open,
      app,
      provider,
    }) => {
      await app.call('engine.saveModel', { model: MODEL, tokensPerDay: 100_000 });
      const lab = await openLab(page, app, open);
      await lab.getByRole('tab', { name: 'Reflect' }).click();
      await expect(lab.getByText('Let the bank think')).toBeVisible();
      expect(await faults(page)).toEqual([]);
      provider.say(turn({ tool: 'recall', query: 'allergies of Wiebke' }));
      provider.say(turn({ tool: 'done', answer: `**Hazelnuts.** ${HOSTILE}` }));
      await lab.getByRole('textbox', { name: 'Query' }).fill('What is Wiebke allergic to?');
      await lab.getByRole('textbox', { name: 'Query' }).press('Enter');
      await expect(lab.locator('strong', { hasText: 'Hazelnuts.' })).toBeVisible();
      await expect(lab.getByText(/tokens of the server’s model/)).toBeVisible();
      await expect(lab.getByRole('list', { name: 'What the answer rests on' })).toContainText('hazelnuts');
      const steps = lab.getByRole('list', { name: 'Tools that were called' });
      await steps
        .getByRole('button', { name: /^recall/ })
        .last()
        .click();
      await expect(steps).toContainText('allergies of Wiebke');
      await shot(page, `${theme}-reflect`);
      expect(await faults(page)).toEqual([]);

      await lab.getByRole('button', { name: 'Save as a directive' }).click();
      const form = lab.getByRole('group', { name: 'New directive' });
      await expect(form.getByLabel('Name')).toHaveValue('What is Wiebke allergic to?');
      await expect(form.getByLabel('Rule')).toHaveValue(`**Hazelnuts.** ${HOSTILE}`);
      await form.getByLabel('Rule').fill('Never suggest hazelnuts.');
      await shot(page, `${theme}-directive`);
      expect(await faults(page)).toEqual([]);
      await form.getByRole('button', { name: 'Save' }).click();
      await expect(lab.getByText('Saved as a directive.')).toBeVisible();
      const { items } = await app.call('directive.list', SAMPLE);
      expect(items.map(({ content }) => content)).toContain('Never suggest hazelnuts.');
      await lab.getByRole('button', { name: 'Directives', exact: true }).click();
      await expect(page.getByRole('list', { name: 'Directives' })).toContainText('Never suggest hazelnuts.');
    });

    test('a dry run shows the facts and stores none of them; a retain stores them', async ({
      page,
      open,
      app,
      provider,
    }) => {
      await app.call('engine.saveModel', { model: MODEL, tokensPerDay: 100_000 });
      const lab = await openLab(page, app, open);
      await lab.getByRole('tab', { name: 'Retain' }).click();
      await expect(lab.getByRole('button', { name: 'Dry run' })).toBeDisabled();
      expect(await faults(page)).toEqual([]);
      const text = `Wiebke has a sister called Mareike. ${HOSTILE}`;
      const listed = async () =>
        (await app.call('memory.list', { ...SAMPLE, filter: { q: 'Mareike', limit: 5, offset: 0 } })).total;
      await lab.getByRole('textbox', { name: 'Text', exact: true }).fill(text);
      provider.say(found(text));
      await lab.getByRole('button', { name: 'Dry run' }).click();
      const would = lab.getByRole('list', { name: 'Facts that would be stored' });
      await expect(would).toContainText(text);
      await expect(lab.getByText(/^Nothing was stored · /)).toBeVisible();
      await shot(page, `${theme}-dry`);
      expect(await faults(page)).toEqual([]);
      expect(await listed()).toBe(0);

      provider.say(found(text));
      await lab.getByRole('button', { name: 'Retain', exact: true }).click();
      await expect(would).toHaveCount(0);
      // Until the model has read it, the text itself stands there, under another id.
      await expect(lab.getByText('Operation: completed')).toBeVisible();
      const came = lab.getByRole('list', { name: 'Facts that came of it' });
      await expect(came.getByRole('button', { name: text })).toBeVisible();
      await shot(page, `${theme}-retain`);
      expect(await faults(page)).toEqual([]);
      expect(await listed()).toBe(1);
      await came.getByRole('button', { name: text }).click();
      await expect(page.getByRole('region', { name: 'Memory', exact: true })).toContainText(text);
    });
  });
}

test('a fact that was invalidated is restored where it is missed, and the undo takes that back', async ({
  page,
  open,
  app,
}) => {
  const lab = await openLab(page, app, open);
  const { items } = await app.call('memory.list', {
    ...SAMPLE,
    filter: { q: 'hazelnut', factType: 'world', limit: 1 },
  });
  const id = items[0]?.id ?? '';
  const state = async () => (await app.call('memory.get', { ...SAMPLE, id })).fact.state;
  await app.call('memory.change', {
    ...SAMPLE,
    label: 'Invalidate 1 fact',
    changes: [{ id, patch: { state: 'invalidated', reason: 'a slip' } }],
  });
  await lab.getByRole('textbox', { name: 'Query' }).fill(items[0]?.text ?? '');
  await lab.getByRole('textbox', { name: 'Query' }).press('Enter');
  await lab.getByRole('button', { name: 'Why is a fact not here' }).click();
  const why = lab.getByRole('region', { name: 'Why is this fact not here' });
  await why.getByRole('button', { name: /^Fact that is missed/ }).click();
  await page.getByPlaceholder('Find or type…').fill(id);
  await page.getByRole('option', { name: 'Look for this id' }).click();
  await expect(why).toContainText(/invalidated/i);
  await shot(page, 'restore');
  expect(await faults(page)).toEqual([]);
  await why.getByRole('button', { name: 'Restore and ask again' }).click();
  await expect(why).toContainText(/It is here, at rank \d+/);
  expect(await state()).toBe('valid');
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect.poll(state).toBe('invalidated');
});

test('a bank without checks is offered its first one, and checks go into a file and come back', async ({
  page,
  open,
  app,
}) => {
  const lab = await openLab(page, app, open);
  await lab.getByRole('tab', { name: 'Checks' }).click();
  await expect(lab.getByText(/^A check is a question with what has to come back/)).toBeVisible();
  await shot(page, 'first-check');
  expect(await faults(page)).toEqual([]);
  await lab.getByRole('button', { name: 'Check the newest fact' }).click();
  const checks = lab.getByRole('list', { name: 'Checks', exact: true });
  await expect(checks).toContainText('Green');
  const [newest] = (await app.call('memory.list', { ...SAMPLE, filter: { limit: 1, offset: 0 } })).items;
  const [first] = (await app.call('check.list', {})).items;
  expect(first?.check.expect).toEqual([{ kind: 'fact', id: newest?.id, text: newest?.text }]);

  await lab.getByRole('button', { name: 'Save to a file' }).click();
  const path = (await lab.getByText(/rearview checks\.yaml$/).textContent()) ?? '';
  expect(await readFile(path, 'utf8')).toContain(newest?.text.slice(0, 20));
  await shot(page, 'checks-file');
  expect(await faults(page)).toEqual([]);
  await checks.getByRole('button', { name: /^Delete/ }).click();
  await expect(lab.getByRole('button', { name: 'Check the newest fact' })).toBeVisible();
  await lab.getByRole('button', { name: 'Import', exact: true }).click();
  await lab.getByLabel('File of checks').setInputFiles(path);
  await lab.getByRole('button', { name: 'Import', exact: true }).last().click();
  await expect(checks).toContainText('Newest fact');
});
