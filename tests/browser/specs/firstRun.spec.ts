// The first minute: from the welcome page to a first answer that is remembered, and providers and memory servers set up
// with honest ends. What else there is to memory on this computer is in memoryHere.spec.ts.
import { PROVIDER_KEY, MEMORY_KEY } from '../app';
import { expect, test } from '../test';

test.describe('with nothing set up', () => {
  test.use({ setUp: 'nothing' });

  test('the keyboard alone leads from the welcome to a first answer without a key', async ({
    page,
    open,
    view,
  }) => {
    await open();
    await expect(page.getByRole('heading', { name: 'Choose a model' })).toBeVisible();
    const press = async (name: string | RegExp) => {
      const button = page.getByRole('button', { name });
      await expect(button).toBeVisible();
      for (let tabs = 0; tabs < 60; tabs += 1) {
        if (await button.evaluate((node) => node === document.activeElement)) break;
        await page.keyboard.press('Tab');
      }
      await expect(button).toBeFocused();
      await page.keyboard.press('Enter');
    };
    await press(/^Try without a key/);
    await expect(page.getByRole('heading', { name: /^Memory is/ })).toBeFocused();
    await press('Go on');
    await expect(page.getByRole('heading', { name: 'Begin' })).toBeFocused();
    await press('Open a chat with this message');
    await expect(view.composer).toBeFocused();
    await expect(view.composer).toHaveValue(/vegetarian/);
    await page.keyboard.press('Enter');
    await expect(view.answers).toHaveCount(1);
    await expect(view.answers.first()).toContainText(/Demo/);
    await expect(view.composer).toHaveValue('');
  });

  test('what is said in the first chat is known in the second, with nothing set up', async ({
    page,
    open,
    view,
  }) => {
    await open();
    await page.getByRole('button', { name: /^Try without a key/ }).click();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await page.getByRole('button', { name: 'Empty chat' }).click();
    await expect(page.getByText('Tell it something about you, then open a new chat')).toBeVisible();
    await view.send('My name is Ana and I am vegetarian.');
    await expect(view.answers.last()).toContainText('Stored');
    await page.getByRole('button', { name: 'New chat', exact: true }).first().click();
    await expect(view.answers).toHaveCount(0);
    await view.send('Who is vegetarian?');
    await expect(view.answers.last()).toContainText(/1 memory|\d+ memories/);
    await expect(view.injected.getByRole('list', { name: 'Injected memories' })).toContainText('vegetarian');
    await expect(view.answers.last()).toContainText('vegetarian');
  });

  test('the model just set up is offered to read for memory, and kept on going on', async ({
    page,
    open,
    app,
    provider,
  }) => {
    provider.key = PROVIDER_KEY;
    await open();
    await page.getByRole('option', { name: /^OpenAI-compatible/ }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Mine');
    await page.getByRole('textbox', { name: 'Address' }).fill(provider.baseUrl);
    await page.getByLabel(/^Key/).fill(PROVIDER_KEY);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('button', { name: /^Model: / }).click();
    await page.getByRole('option', { name: /scripted-1/ }).click();
    await page.getByRole('button', { name: 'Save and go on' }).click();
    const reader = page.getByRole('radiogroup', { name: 'What reads conversations' });
    await expect(reader.getByRole('radio', { name: 'scripted-1' })).toBeChecked();
    await expect(page.getByText('Preselected: the provider just set up.')).toBeVisible();
    expect((await app.call('engine.status', {})).model).toBeNull();

    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Begin' })).toBeVisible();
    expect((await app.call('engine.status', {})).model).toBe('openai-compatible/scripted-1');

    await page.getByRole('button', { name: 'Back' }).click();
    await reader.getByText('Rules, no model').click();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Begin' })).toBeVisible();
    expect((await app.call('engine.status', {})).model).toBeNull();
  });

  test('a provider is checked before it is kept, and a wrong key is told apart from a dead server', async ({
    page,
    open,
    app,
    provider,
  }) => {
    provider.key = PROVIDER_KEY;
    await app.prefer({ welcomed: true });
    await open();
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await page.getByRole('option', { name: /^OpenAI-compatible/ }).click();
    // It takes the provider's name once it is kept.
    const form = page.getByRole('region', { name: /^(Add OpenAI-compatible|Mine)$/ });
    await form.getByRole('textbox', { name: 'Name' }).fill('Mine');
    const outcome = form.getByRole('status').filter({ hasText: /saved/i });
    const save = form.getByRole('button', { name: 'Save', exact: true });

    await test.step('refused: the key is wrong, nothing is kept', async () => {
      await form.getByRole('textbox', { name: 'Address' }).fill(provider.baseUrl);
      await form.getByLabel(/^Key/).fill('sk-wrong-000000');
      await save.click();
      await expect(form.getByRole('group', { name: 'What the check found' })).toContainText(
        /Key accepted\s*no/,
      );
      await expect(outcome.getByRole('button', { name: 'Save anyway' })).toBeVisible();
      expect((await app.call('provider.list', {})).items.map((item) => item.config.id)).toEqual(['demo']);
    });

    await test.step('accepted: models are listed and one answers', async () => {
      await form.getByLabel(/^Key/).fill(PROVIDER_KEY);
      await form.getByRole('button', { name: 'Check', exact: true }).click();
      const verdicts = form.getByRole('group', { name: 'What the check found' });
      await expect(verdicts).toContainText(/Key accepted\s*yes/);
      await expect(verdicts).toContainText(/Models listed\s*yes/);
      await save.click();
      await expect(outcome).toContainText(/accepted/i);
      const kept = (await app.call('provider.list', {})).items.find((item) => item.config.id !== 'demo');
      expect(kept?.keyPresent).toBe(true);
      await expect(page.locator('body')).not.toContainText(PROVIDER_KEY);
    });

    await test.step('could not be checked: the server is gone, and nothing is kept unless one insists', async () => {
      await provider.stop();
      await form.getByLabel(/^Key/).fill('sk-another-111111');
      await save.click();
      await expect(form.getByRole('group', { name: 'What the check found' })).toContainText(/Reachable\s*no/);
      await expect(outcome).toContainText('Not saved: it could not be checked.');
      await outcome.getByRole('button', { name: 'Save anyway' }).click();
      await expect(outcome).toContainText('Saved without a check.');
      await provider.start();
    });
  });

  test('a memory server is set up with its address healed and its key kept out of sight', async ({
    page,
    open,
    app,
    memory,
  }) => {
    memory.key = MEMORY_KEY;
    await app.prefer({ welcomed: true });
    await open();
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('button', { name: 'Memory' }).click();
    await page.getByRole('button', { name: 'Hindsight server…' }).click();
    // It takes the server's name once it is kept.
    const form = page.getByRole('region', { name: /^(Add a memory server|Hindsight)$/ });
    await form.getByLabel('Address').fill(`${memory.url}/docs`);
    const verdicts = form.getByRole('group', { name: 'What the check found' });

    await form.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(verdicts).toContainText(/Reachable\s*yes/);
    await expect(verdicts).toContainText(/Key accepted\s*no/);

    await form.getByLabel(/^Key/).fill(MEMORY_KEY);
    await form.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(verdicts).toContainText(/Key accepted\s*yes/);
    await expect(verdicts).toContainText('2 banks on this server');

    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(form.getByRole('status').last()).toContainText('Saved. The key was accepted.');
    await expect(verdicts).not.toContainText('Check again');
    const kept = (await app.call('server.list', {})).items.find((item) => !item.embedded);
    expect(kept).toMatchObject({ keyPresent: true, config: { baseUrl: memory.url } });
    expect(memory.calls.filter((call) => call.headers.authorization === `Bearer ${MEMORY_KEY}`)).not.toEqual(
      [],
    );
    await expect(page.locator('body')).not.toContainText(MEMORY_KEY);
  });
});
