// The window around a chat: search, palette, keys, kinds of chats, themes, small windows, long texts, scrolling.
import { App } from '../app';
import { Gate } from '../fakes/gate';
import { seedLongChat } from '../seed';
import { expect, test } from '../test';

/** How far from its end a transcript that follows it may stand, in CSS pixels: its bottom margin. */
const AT_END = 24;

test('search finds a message in another chat and opens it there', async ({ view, page, app, provider }) => {
  const old = await app.chat('Old chat');
  provider.say('The ferry to Cacilhas leaves at nine.');
  await app.send(old, 'When does the ferry leave?');
  await provider.until(() => provider.asked.length === 1);
  await view.begin('New chat of today');
  await page.keyboard.press('Control+Shift+F');
  const search = page.getByRole('dialog', { name: 'Search all chats' });
  await search.getByRole('combobox').fill('cacilhas');
  const hit = search.getByRole('option', { name: /Old chat/ });
  await expect(hit.locator('mark')).toHaveText('Cacilhas');
  await page.keyboard.press('Enter');
  await expect(search).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: 'Old chat' })).toBeVisible();
  const found = view.answers.filter({ hasText: 'Cacilhas' });
  await expect(found).toBeInViewport();
  await expect(found).toHaveAttribute('aria-current', 'true');
});

test('the palette does what is typed, and Escape gives the focus back', async ({ view, page }) => {
  await view.begin();
  await page.keyboard.press('Control+K');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('light and dark');
  await page.keyboard.press('Enter');
  await expect(palette).toBeHidden();
  await expect(page.locator('html')).toHaveAttribute('data-theme', /light|dark/);
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();
  await expect(view.composer).toBeFocused();
});

test('a chord that is recorded works at once, and one that is taken is flagged', async ({
  view,
  page,
  app,
}) => {
  await view.begin();
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'Keys', exact: true }).click();
  const record = async (label: string, chord: string) => {
    await page.getByRole('button', { name: new RegExp(`^${label}: .*Change$`) }).click();
    await page.keyboard.press(chord);
  };
  await record('Show or hide the chats', 'Control+Shift+Y');
  await page.keyboard.press('Control+Shift+Y');
  const chats = page.getByRole('complementary', { name: 'Chats and places' });
  await expect(chats).toBeHidden();
  await page.keyboard.press('Control+Shift+Y');
  await expect(chats).toBeVisible();

  await record('Show or hide the chats', 'Control+K');
  const own = page.getByRole('button', { name: /^Show or hide the chats: .*Change$/ });
  const row = page.getByRole('listitem').filter({ has: own });
  await expect(row).toContainText('also Command palette');
  await row.getByRole('button', { name: /^Reset/ }).click();
  await expect(row).not.toContainText('also');
  await expect.poll(async () => (await app.call('app.preferences', {})).keys).toEqual({});
});

test('temporary and incognito chats say what they are and leave memory alone', async ({
  view,
  page,
  memory,
  app,
}) => {
  await view.begin('Usual chat');
  await page.keyboard.press('Control+Shift+N');
  await expect(page.getByRole('note')).toContainText('Temporary.');
  await view.ask('Nobody may know');
  await page.getByRole('button', { name: 'Other kinds of chats' }).click();
  await page.getByRole('menuitem', { name: /Incognito chat/ }).click();
  await expect(page.getByRole('note')).toContainText('Incognito.');
  await view.ask('Between us');
  expect(memory.of('recall')).toHaveLength(0);
  expect(memory.of('retain')).toHaveLength(0);

  await page.goto('about:blank');
  await app.stop(true);
  const again = await App.start(app.home);
  const { items } = await again.call('chat.list', { limit: 10, offset: 0 });
  expect(items.map((chat) => chat.kind).sort()).toEqual(['incognito', 'normal']);
  await again.stop(true);
});

test('the theme follows the choice, and the system where there is none', async ({ view, page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await view.begin();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await ground();
  expect(light).not.toBe(dark);
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'Appearance', exact: true }).click();
  // The button itself lies under its words.
  await page.getByRole('radiogroup', { name: 'Theme' }).getByText('Dark').click();
  await expect.poll(ground).toBe(dark);
});

test('the transcript follows its end until one scrolls up, and a button leads back', async ({
  view,
  page,
  provider,
}) => {
  await view.begin();
  const [more, rest] = [new Gate(), new Gate()];
  const lines = (from: number) => Array.from({ length: 60 }, (_, at) => `Line ${from + at}.\n\n`).join('');
  provider.say(lines(1), more, lines(61), rest, lines(121));
  await view.send('Count');
  const toEnd = () =>
    view.transcript.evaluate((node) => Math.round(node.scrollHeight - node.clientHeight - node.scrollTop));
  await expect(view.answers.last()).toContainText('Line 60.');
  await expect.poll(toEnd).toBeLessThan(AT_END);
  more.open();
  await expect(view.answers.last()).toContainText('Line 120.');
  await expect.poll(toEnd).toBeLessThan(AT_END);

  await view.transcript.hover();
  // On a busy machine a turn of the wheel may come before the lines are laid out; a person turns it again.
  const up = async () => {
    await page.mouse.wheel(0, -400);
    return toEnd();
  };
  await expect.poll(up).toBeGreaterThan(100);
  await expect.poll(toEnd).toBeGreaterThan(100);
  const top = await view.transcript.evaluate((node) => node.scrollTop);
  rest.open();
  await expect(view.answers.last()).toContainText('Line 180.');
  await expect(view.sendButton).toBeVisible();
  expect(await view.transcript.evaluate((node) => node.scrollTop)).toBe(top);

  await page.getByRole('button', { name: /^(Go to|Jump to|\d+ new|Latest)/i }).click();
  await expect.poll(toEnd).toBeLessThan(AT_END);
});

test('a chat of 5,000 messages and a message of 1 MB opens with few elements', async ({
  view,
  page,
  app,
}) => {
  const long = await app.chat('Five thousand');
  seedLongChat(app.home, long, 5_000);
  await view.at(long);
  await expect(view.answers.last()).toContainText('Answer 2500');
  const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
  expect(await elements()).toBeLessThan(2_000);

  await view.transcript.hover();
  // More than once: while the last rows are measured for the first time the end is still held.
  await expect(async () => {
    await page.mouse.wheel(0, -30_000);
    await expect(view.answers.last()).not.toContainText('Answer 2500', { timeout: 1_000 });
  }).toPass();
  expect(await elements()).toBeLessThan(2_000);

  const huge = await app.chat('A megabyte');
  seedLongChat(app.home, huge, 2, 1_000_000);
  await page.getByRole('complementary', { name: 'Chats and places' }).getByText('A megabyte').click();
  await expect(view.questions.first()).toContainText('Show more');
  expect(await elements()).toBeLessThan(2_000);
});

test('strings that never break stay inside the window', async ({ view, page, provider, memory }) => {
  const long = 'x'.repeat(3_000);
  memory.knows(long, 'https://example.test/' + 'a'.repeat(2_000));
  provider.say(
    `${long}\n\n\`${long}\`\n\n| ${long} | b |\n|---|---|\n| 1 | 2 |\n\n    ${long}\n\n$${'x'.repeat(400)}$\n`,
  );
  await view.begin(long.slice(0, 200));
  await view.send(long);
  await expect(view.sendButton).toBeVisible();
  await view.part('Exact request');
  await view.part('Block');
  const sideways = () =>
    page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('main, aside > .inner, [role="log"], article')]
        .filter((node) => node.scrollWidth > node.clientWidth + 1)
        .map((node) => `${node.tagName} ${node.className} ${node.scrollWidth} > ${node.clientWidth}`),
    );
  await expect.poll(sideways).toEqual([]);
});

test.describe('in a small window', () => {
  test.use({ viewport: { width: 900, height: 600 } });

  test('everything is in reach at 900 by 600', async ({ view, page, memory }) => {
    memory.knows('Ana is vegetarian.');
    await view.begin();
    await view.ask('Where to eat?');
    await expect(view.composer).toBeInViewport();
    await expect(view.sendButton).toBeInViewport();
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(sideways).toBeLessThanOrEqual(0);
    await view.answers.last().getByRole('button', { name: '1 memory' }).click();
    await expect(view.injected.getByText('Ana is vegetarian.').first()).toBeInViewport();
    await page.keyboard.press('Escape');
    await expect(view.composer).toBeInViewport();
  });
});
