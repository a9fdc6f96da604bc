// Setting a provider up: found in the catalogue, checked before it is kept, kept with one of three honest ends, and then
// used. What the forms make of each platform is in ui/src/state/setup.test.ts.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { PROVIDER_KEY } from '../app';
import { expect, test } from '../test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function openModels(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Models' })).toBeVisible();
}

/** Types into the catalogue and picks the first entry whose name begins like this. */
async function pick(page: Page, name: string): Promise<Locator> {
  await page.getByRole('combobox', { name: 'Find a provider' }).fill(name);
  await page
    .getByRole('option', { name: new RegExp(`^${name}`, 'i') })
    .first()
    .click();
  return page.getByRole('region', { name: new RegExp(`^Add .*${name}`, 'i') });
}

const verdicts = (form: Locator) => form.getByRole('group', { name: 'What the check found' });
const press = (form: Locator, name: string) => form.getByRole('button', { name, exact: true }).click();

test.describe('with nothing set up', () => {
  test.use({ setUp: 'nothing' });
  test.beforeEach(async ({ app, open, page }) => {
    await app.prefer({ welcomed: true });
    await open();
    await openModels(page);
  });

  test('the catalogue is narrowed by the variable of a key, and the keyboard alone picks', async ({
    page,
  }) => {
    const box = page.getByRole('combobox', { name: 'Find a provider' });
    await expect(page.getByText(/^(\d+) of \1 providers$/)).toBeVisible();
    await box.fill('OPENROUTER_API_KEY');
    await expect(page.getByRole('option', { name: /^OpenRouter/ })).toBeVisible();
    await expect(page.getByRole('option', { name: /^Ollama/ })).toHaveCount(0);
    await box.press('Enter');
    await expect(page.getByRole('region', { name: 'Add OpenRouter' })).toBeVisible();
  });

  test('when nothing fits, one’s own address is offered', async ({ page }) => {
    await page.getByRole('combobox', { name: 'Find a provider' }).fill('no such house');
    await expect(page.getByText(/No provider has “no such house”/)).toBeVisible();
    await expect(page.getByText(/^0 of \d+ providers$/)).toBeVisible();
    await expect(page.getByRole('option')).toHaveCount(2);
  });

  test('accepted: the address is healed and said, the model answers, and then chats and memory use it', async ({
    page,
    app,
    provider,
  }) => {
    provider.key = PROVIDER_KEY;
    const form = await pick(page, 'OpenAI-compatible');
    await form.getByRole('textbox', { name: 'Name' }).fill('Mine');
    await form.getByRole('textbox', { name: 'Address' }).fill(`${provider.baseUrl}/chat/completions`);
    const key = form.getByLabel(/^Key/);
    await key.fill(` ${PROVIDER_KEY}\n`);
    await expect(key).not.toHaveAttribute('name');
    await expect(key).toHaveAttribute('autocomplete', 'off');

    await press(form, 'Check');
    await expect(verdicts(form)).toContainText(/Models listed\s*yes/);
    await expect(form.getByText('Put right, so that')).toContainText(provider.baseUrl);
    await form.getByRole('button', { name: /^Model: / }).click();
    await page.getByRole('option', { name: /^scripted-1/ }).click();
    await press(form, 'Check');
    await expect(verdicts(form)).toContainText(/Model answers\s*yes/);
    expect((await app.call('provider.list', {})).items, 'a check keeps nothing').toHaveLength(1);

    await press(form, 'Save');
    const saved = page.getByRole('region', { name: 'Mine', exact: true });
    await expect(saved.getByText('Saved. The key was accepted.')).toBeVisible();
    // Nobody had chosen a model, so this one is used without asking.
    await expect(saved.getByText('New chats use scripted-1.')).toBeVisible();
    await expect
      .poll(async () => (await app.call('app.preferences', {})).defaultModel)
      .toBe('openai-compatible/scripted-1');
    await press(saved, 'Let it read');
    await expect(saved.getByText('scripted-1 reads conversations for memory.')).toBeVisible();
    expect((await app.call('engine.status', {})).model).toBe('openai-compatible/scripted-1');

    const kept = (await app.call('provider.list', {})).items.find((item) => item.config.name === 'Mine');
    expect(kept).toMatchObject({
      keyPresent: true,
      config: { baseUrl: provider.baseUrl, catalogue: null },
    });
    await expect(page.locator('body')).not.toContainText(PROVIDER_KEY);
  });

  test('could not be checked: nothing is kept until the person says so', async ({ page, app, provider }) => {
    const address = provider.baseUrl;
    await provider.stop();
    const form = await pick(page, 'OpenAI-compatible');
    await form.getByRole('textbox', { name: 'Name' }).fill('Away');
    await form.getByRole('textbox', { name: 'Address' }).fill(address);
    await press(form, 'Save');
    await expect(verdicts(form)).toContainText(/Reachable\s*no/);
    await expect(form.getByText(/^Not saved: it could not be checked\./)).toBeVisible();
    expect((await app.call('provider.list', {})).items).toHaveLength(1);
    await press(form, 'Save anyway');
    await expect(page.getByText(/^Saved without a check\./)).toBeVisible();
    expect((await app.call('provider.list', {})).items.map((item) => item.config.name)).toContain('Away');
    await provider.start();
  });

  test('a form of several fields says what is missing and keeps a half key from being sent', async ({
    page,
  }) => {
    const form = await pick(page, 'Amazon Bedrock');
    await form.getByText('Access key', { exact: true }).click();
    await form.getByLabel('Access key ID').fill('ASIAEXAMPLE');
    await form.getByLabel('Secret access key').fill('not-a-real-secret');
    await expect(form.getByText(/Enter its session token/)).toBeVisible();
    await expect(form.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
    await form.getByLabel('Session token').fill('not-a-real-token');
    await expect(form.getByRole('button', { name: 'Save', exact: true })).toBeEnabled();
    await form.getByRole('textbox', { name: 'Region' }).fill('');
    await expect(form.getByText('Still missing: Region.')).toBeVisible();
  });

  test('this computer is searched when asked, and what was silent is told', async ({ page }) => {
    await expect(page.getByText(/did not answer$/)).toHaveCount(0);
    await page.getByRole('button', { name: 'Look on this computer' }).click();
    await page.getByRole('button', { name: /did not answer$/ }).click();
    await expect(page.getByText(/^http:\/\/(127\.0\.0\.1|localhost):\d+/).first()).toBeVisible();
  });

  test('a .env file shows names and never values', async ({ page, app }) => {
    const file = path.join(app.home, 'keys.env');
    await writeFile(
      file,
      'OPENROUTER_API_KEY="sk-or-never-shown"\nexport DATABASE_URL=postgres://never-shown\n',
    );
    await page.getByLabel('A .env file').fill(file);
    await page.getByRole('button', { name: 'Look into it' }).click();
    const found = page.getByRole('list', { name: 'Keys in the file' });
    await expect(found).toContainText('OPENROUTER_API_KEY');
    await expect(found.getByRole('button', { name: 'Import OPENROUTER_API_KEY' })).toBeEnabled();
    await page.getByRole('button', { name: /^1 other name/ }).click();
    await expect(page.getByText('DATABASE_URL')).toBeVisible();
    await expect(page.locator('body')).not.toContainText('never-shown');
  });

  test.describe('with a wrong path', () => {
    test.use({ expectedErrors: [/404/] });

    test('a file that is not there is said, and nothing is lost', async ({ page }) => {
      const box = page.getByLabel('A .env file');
      await box.fill('/no/such/place/.env');
      await page.getByRole('button', { name: 'Look into it' }).click();
      await expect(page.getByRole('group', { name: 'Error' })).toBeVisible();
      await expect(box).toHaveValue('/no/such/place/.env');
    });
  });
});

test('refused: a wrong key is not kept, and the key kept before goes on working', async ({
  page,
  app,
  open,
  provider,
}) => {
  await open();
  await openModels(page);
  await page.getByRole('button', { name: 'Edit Scripted', exact: true }).click();
  const form = page.getByRole('region', { name: 'Scripted', exact: true });
  await form.getByLabel(/^Key/).fill('sk-wrong-000000');
  await press(form, 'Save');
  await expect(verdicts(form)).toContainText(/Key accepted\s*no/);
  await expect(form.getByText(/^Not saved\..*The key kept before stays\.$/)).toBeVisible();
  await verdicts(form).getByRole('button', { name: 'Its own words' }).first().click();
  await expect(verdicts(form)).toContainText('Incorrect API key provided');
  const before = provider.calls.length;
  const list = await app.call('provider.models', {
    providerId: 'scripted',
    refresh: true,
  });
  expect(list.failed).toEqual([]);
  expect(provider.calls.slice(before).at(-1)?.headers.authorization).toBe(`Bearer ${PROVIDER_KEY}`);
});

test('a model that is on no list can be typed, and runs', async ({ view, page, provider }) => {
  await view.begin();
  await page
    .getByRole('button', { name: /^Model: / })
    .last()
    .click();
  await page.keyboard.type('scripted/odd-one');
  await page
    .getByRole('option', {
      name: 'Use “scripted/odd-one”, which is not listed',
    })
    .click();
  await expect(page.getByRole('button', { name: 'Model: odd-one' }).last()).toBeVisible();
  await view.send('Hello');
  await expect(view.answers.last()).toContainText('You said: Hello');
  expect((JSON.parse(provider.asked.at(-1)?.body ?? '{}') as { model?: string }).model).toBe('odd-one');
});

for (const theme of ['light', 'dark'] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme, setUp: 'nothing' });

    test('setting a provider up is accessible', async ({ page, app, open, provider }) => {
      test.slow();
      const faults = async () => {
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
      };
      provider.key = PROVIDER_KEY;
      await app.prefer({ welcomed: true });
      await open();
      await openModels(page);
      await page.getByRole('button', { name: 'Model of new chats: ' }).click();
      expect(await faults(), 'the picker').toEqual([]);
      await page.keyboard.press('Escape');
      for (const name of ['Amazon Bedrock', 'Azure', 'Google Vertex AI']) {
        await pick(page, name);
        expect(await faults(), name).toEqual([]);
        await page.getByRole('button', { name: 'Back' }).click();
      }
      const form = await pick(page, 'OpenAI-compatible');
      await form.getByRole('textbox', { name: 'Name' }).fill('Mine');
      await form.getByRole('textbox', { name: 'Address' }).fill(provider.baseUrl);
      await form.getByLabel(/^Key/).fill('sk-wrong-000000');
      await form.getByRole('button', { name: 'Advanced' }).click();
      await press(form, 'Save');
      await expect(form.getByRole('button', { name: 'Save anyway' })).toBeVisible();
      expect(await faults(), 'refused').toEqual([]);
      await form.getByLabel(/^Key/).fill(PROVIDER_KEY);
      await press(form, 'Save');
      await expect(page.getByRole('heading', { name: 'Use it' })).toBeVisible();
      expect(await faults(), 'saved').toEqual([]);
    });
  });
}
