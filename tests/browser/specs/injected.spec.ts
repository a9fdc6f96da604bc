// The right pane tells the truth: what is shown as injected and sent is, byte for byte, what the servers got.
import { MEMORY_KEY, PROVIDER_KEY } from '../app';
import { Gate } from '../fakes/gate';
import { expect, test } from '../test';

const FACTS = [
  'Ana is vegetarian.',
  'Ana went to Lisbon in May.',
  'Ana likes small "places".\nAnd tascas é.',
];

test('the pane lists what was injected and the request it shows is the one the provider got', async ({
  view,
  provider,
  memory,
}) => {
  memory.knows(...FACTS);
  await view.begin();
  await view.ask('Where should we eat?');
  await expect(view.answers.last()).toContainText('3 memories');

  const list = view.injected.getByRole('list', { name: 'Injected memories' });
  await expect(list.getByRole('listitem')).toHaveCount(3);
  for (const [at, fact] of FACTS.entries()) {
    await expect(list.getByRole('listitem').nth(at)).toContainText(fact.split('\n')[0] ?? '');
  }
  await expect(view.injected).toContainText('“Where should we eat?”');
  expect(JSON.parse(memory.of('recall')[0]?.body ?? '')).toMatchObject({
    query: 'Where should we eat?',
    trace: true,
  });

  await view.part('Exact request');
  const body = view.injected.getByRole('region', { name: 'Body of the request' });
  const sent = provider.asked[0]?.body ?? '';
  // Not trimmed and not normalised: the text nodes, joined, are the bytes.
  await expect.poll(() => body.evaluate((node) => node.textContent)).toBe(sent);
  const marked = await body
    .locator('[data-memory]')
    .evaluateAll((nodes) => nodes.map((node) => node.textContent));
  expect(marked).toHaveLength(3);
  for (const [at, fact] of FACTS.entries()) expect(marked[at]).toContain(JSON.stringify(fact).slice(1, -1));

  await list.getByRole('button').nth(1).click();
  await view.injected.getByRole('button', { name: 'Show in request' }).click();
  const bytes = body.locator('[data-memory="fact-2"]');
  await expect(bytes).toBeInViewport();
  await expect(bytes).toHaveClass(/picked/);
});

test('a request copied as curl has everything but the key', async ({ view, provider, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await view.begin();
  await view.ask('Hello');
  await view.part('Exact request');
  await view.injected.getByRole('button', { name: 'Copy as curl' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('curl');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(provider.baseUrl);
  expect(copied).toContain('"Hello"');
  expect(copied).not.toContain(PROVIDER_KEY);
  expect(copied).not.toContain(MEMORY_KEY);
  await view.injected.getByRole('button', { name: /^headers/ }).click();
  await expect(view.injected).not.toContainText(PROVIDER_KEY);
});

test('memory that fails never fails the answer, and the message says so', async ({ view, memory }) => {
  memory.moods.set('recall', { status: 500, detail: 'the database is on fire' });
  await view.begin();
  await view.ask('Hello');
  await expect(view.answers.last()).toContainText('memory failed');
  await expect(view.injected).toContainText('The turn went on without it');
  await expect(view.injected).toContainText('the database is on fire');
});

test('storing that is refused waits with a countdown, can be tried now, and ends as stored', async ({
  view,
  memory,
}) => {
  memory.moods.set('retain', { status: 503, detail: 'at capacity' });
  await view.begin();
  await view.ask('I live in Lisbon');
  const answer = view.answers.last();
  await expect(answer).toContainText(/Waiting, next try in \d+/);
  memory.moods.delete('retain');
  await answer.getByRole('button', { name: 'Try now' }).click();
  await expect(answer).toContainText('Stored');
  expect(memory.retained.at(-1)?.content).toContain('I live in Lisbon');
  expect(new Set(memory.retained.map((item) => item.document_id)).size).toBe(1);
});

test('storing that failed for good says so and is tried again by hand', async ({ view, memory }) => {
  memory.moods.set('retain', { status: 422, detail: 'the content is not to my liking' });
  await view.begin();
  await view.ask('I live in Lisbon');
  const answer = view.answers.last();
  await expect(answer).toContainText('Could not be stored');
  await view.part('Stored');
  await expect(view.injected).toContainText('the content is not to my liking');
  memory.moods.delete('retain');
  await answer.getByRole('button', { name: 'Try now' }).click();
  await expect(answer).toContainText('Stored');
});

test('memory that is switched off for one message is off for that message alone', async ({
  view,
  memory,
  page,
}) => {
  memory.knows(...FACTS);
  await view.begin();
  await page.getByRole('button', { name: 'Memory of the next message' }).click();
  const menu = page.getByRole('dialog', { name: 'Memory of the next message' });
  await menu.getByRole('switch').first().click();
  await page.keyboard.press('Escape');
  const chips = page.getByRole('list', { name: 'For this message' });
  await expect(chips.getByRole('listitem')).toHaveCount(1);

  await view.ask('First');
  await expect(view.answers.last()).toContainText('memory off: switched off');
  expect(memory.of('recall')).toHaveLength(0);
  await expect(chips).toBeHidden();

  await view.ask('Second');
  await expect(view.answers.last()).toContainText('3 memories');
  expect(memory.of('recall')).toHaveLength(1);
});

test('a pane without a turn shows what it will look like', async ({ view }) => {
  await view.begin();
  await expect(view.injected).toBeVisible();
  await expect(view.injected.getByRole('list', { name: 'Injected memories' })).toHaveCount(0);
  await expect(view.injected).not.toBeEmpty();
});

test('a card that was opened while the answer runs stays open when it ends', async ({
  view,
  memory,
  provider,
}) => {
  memory.knows('Ana is vegetarian.', 'Rui owes 40.');
  const gate = new Gate();
  provider.say('Seen. ', gate, 'Ana is vegetarian.');
  await view.begin();
  await view.send('Where should we eat?');
  const card = view.injected.locator('[data-memory-card="fact-1"]');
  await card.click();
  await expect(card).toHaveAttribute('aria-expanded', 'true');
  gate.open();
  await expect(view.injected.getByText('live', { exact: true })).toHaveCount(0);
  await expect(view.answers.last()).toContainText('vegetarian');
  await expect(view.injected).toContainText(/total \d/);
  await expect(card).toHaveAttribute('aria-expanded', 'true');
});
