// What if: the price before it runs, answers side by side with what differs, how far they are apart, and which memory
// mattered. Nothing of a replay is stored or written into the chat.
import path from 'node:path';
import type { Page } from '@playwright/test';
import { faults } from '../browse';
import { Gate } from '../fakes/gate';
import { expect, test } from '../test';

const FACTS = [
  'Ana lives in Porto.',
  'Ana owns a red hat <b>x</b>.',
  'Ana is a vegetarian.',
  'Ana is vegetarian.',
];

/** A model whose answer hangs on what it is told: the city says where, either sentence about food says what. */
function cook(body: string): string[] {
  const place = body.includes('Porto') ? 'near the Douro in Porto' : 'somewhere, but do tell me your town';
  const dish = body.includes('vegetarian')
    ? 'a curry of lentils and greens'
    : 'a large grilled steak <img src=x>';
  return [`You could have ${dish} ${place}.`];
}

async function picture(page: Page, name: string) {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    if (process.env['SHOTS'])
      await page.screenshot({ path: path.join(process.env['SHOTS'], `${name}-${theme}.png`) });
  }
}

test.use({ viewport: { width: 1440, height: 900 } });

test('a memory is unticked, the price and the number of answers come first, and answers stand side by side', async ({
  view,
  page,
  provider,
  memory,
}) => {
  test.slow();
  memory.knows(...FACTS);
  provider.rule = cook;
  await view.begin();
  await view.ask('Where should we eat?', 'lentils');
  const turns = await view.answers.count();
  await view.part('What if');
  const part = view.injected.getByRole('form', { name: 'What if' });
  await expect(part).toContainText('Untick or edit a memory.');
  const sent = provider.asked.length;
  await part.getByRole('checkbox', { name: 'Memory 1 goes in' }).uncheck();
  const price = part.getByRole('status', { name: 'Price' });
  await expect(price).toContainText('2 requests');
  await expect(price).toContainText('price not known');
  await expect(price).toContainText('anecdote');
  await expect(price).toContainText('1 answer of each');
  await part.getByRole('button', { name: 'More', exact: true }).click();
  await expect(price).toContainText('4 requests');
  await part.getByRole('button', { name: 'Edit memory 2' }).click();
  await part.getByRole('textbox', { name: 'Words of memory 2 in this replay' }).fill('Ana owns a blue hat.');
  expect(provider.asked.length, 'nothing is sent before the price was seen').toBe(sent);
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await faults(page, 'section[aria-label="What if"]')).toEqual([]);
  }
  await picture(page, 'what-if');
  const retained = memory.of('retain').length;
  await part.getByRole('button', { name: 'Send 4 requests' }).click();

  const dialog = page.getByRole('dialog', { name: /What if: without memory 1, memory 2 edited/ });
  await expect(dialog.locator('[data-state=done]')).toBeVisible();
  await expect(dialog.getByRole('status', { name: 'How far it is' })).toContainText('4 of 4 answers');
  await expect(dialog).toContainText('anecdote');
  const rows = dialog.getByRole('table', { name: 'Spread' }).getByRole('row');
  // The turn's own answer counts as one more of the turn as it was.
  await expect(rows.nth(1)).toContainText('as it was');
  await expect(rows.nth(1).getByRole('cell').nth(0)).toHaveText('3');
  await expect(rows.nth(1).getByRole('cell').nth(1)).toHaveText('0.00');
  await expect(rows.nth(2).getByRole('cell').nth(2)).toHaveText(/^0\.[1-9]/);
  const changed = dialog.getByRole('region', { name: 'Answer, without memory 1, memory 2 edited' });
  await expect(changed.locator('ins').first()).toBeVisible();
  await expect(changed.locator('del').first()).toContainText('near');
  const bodies = provider.asked.slice(sent).map((call) => call.body);
  expect(bodies.filter((body) => body === provider.asked[sent - 1]?.body)).toHaveLength(2);
  expect(bodies.filter((body) => body.includes('blue hat') && !body.includes('Porto'))).toHaveLength(2);
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await faults(page, '[role=dialog]')).toEqual([]);
  }
  await picture(page, 'what-if-answers');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(await view.answers.count()).toBe(turns);
  expect(memory.of('retain').length).toBe(retained);
  const past = view.injected.getByRole('list', { name: 'Replays of this turn' }).getByRole('listitem');
  await expect(past).toHaveCount(1);
  await expect(past).toContainText('4 of 4 answers');
  await past.getByRole('button', { name: 'Delete this replay' }).click();
  await expect(view.injected).toContainText('No replay of this turn yet.');
});

test('which memory mattered: decisive, inert and redundant are told apart, and few answers are an anecdote', async ({
  view,
  page,
  provider,
  memory,
}) => {
  test.slow();
  memory.knows(...FACTS);
  provider.rule = cook;
  await view.begin();
  await view.ask('Where should we eat?', 'lentils');
  await view.part('What if');
  const part = view.injected.getByRole('form', { name: 'What if' });
  await part.getByRole('button', { name: 'Which memory mattered?' }).click();
  await expect(part.getByRole('status', { name: 'Price' })).toContainText('7 to 12 requests');
  await part.getByRole('button', { name: 'Send 7 to 12 requests' }).click();
  const dialog = page.getByRole('dialog', { name: /Which memory mattered/ });
  await expect(dialog.locator('[data-state=done]')).toBeVisible();
  const verdicts = dialog.locator('[data-verdict]');
  await expect(verdicts).toHaveText([/decisive/, /inert/, /redundant\s*with 4/, /redundant\s*with 3/]);
  for (const one of await verdicts.all()) await expect(one).toContainText('anecdote');
  await dialog.getByRole('button', { name: /without memories 3 and 4/ }).click();
  const lane = dialog.getByRole('region', { name: 'Answer, without memories 3 and 4' });
  await expect(lane.locator('ins').first()).toBeVisible();
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await faults(page, '[role=dialog]')).toEqual([]);
  }
  await picture(page, 'what-if-mattered');
  await dialog.getByRole('switch', { name: 'Show what differs' }).click();
  await expect(lane).toContainText('a large grilled steak <img src=x> near the Douro');
  expect(await lane.locator('img, ins, del').count()).toBe(0);
});

test('a replay that is stopped keeps what came, and what failed is shown as failed', async ({
  view,
  page,
  provider,
  memory,
}) => {
  memory.knows(...FACTS);
  await view.begin();
  await view.ask('Where should we eat?');
  await view.part('What if');
  const part = view.injected.getByRole('form', { name: 'What if' });
  await part.getByRole('combobox', { name: 'What is changed' }).click();
  await page.getByRole('option', { name: /No memory/ }).click();
  await part.getByRole('textbox', { name: 'Answers of each' }).fill('3');
  await expect(part.getByRole('status', { name: 'Price' })).toContainText('6 requests');
  const gate = new Gate();
  provider.refuse(400, 'Not today.');
  provider.say('Half an', gate, ' answer.');
  provider.say('Another half', gate, ' answer.');
  await part.getByRole('button', { name: 'Send 6 requests' }).click();
  const dialog = page.getByRole('dialog', { name: /What if: no memory/ });
  await gate.reached;
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await expect(dialog.locator('[data-state=stopped]')).toBeVisible();
  await expect(dialog).toContainText('0 of 6 answers');
  await expect(dialog.getByRole('table', { name: 'Spread' })).toContainText('1 failed');
  await expect(dialog.getByRole('table', { name: 'Spread' })).toContainText('stopped');
  // The turn's own answer is whole, so it is the one that is read first.
  const own = dialog.getByRole('region', { name: 'Answer, as it was' });
  await expect(own).toContainText('You said: Where should we eat?');
  gate.open();
  await picture(page, 'what-if-stopped');
});
