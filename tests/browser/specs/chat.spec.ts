// One chat: streaming, markdown, stopping, branches, drafts, images, and what a reload or an input method may not break.
import { Gate } from '../fakes/gate';
import { expect, test } from '../test';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

test('an answer streams, and shows markdown, code in colour and mathematics', async ({ view, provider }) => {
  await view.begin();
  const half = new Gate();
  provider.say(
    '## Dinner\n\nTry **',
    half,
    'tascas**:\n\n```rust\nfn main() {}\n```\n\nIt costs $x^2$ euros.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n',
  );
  await view.send('Where to eat?');
  const answer = view.answers.last();
  await expect(answer.getByRole('heading', { name: 'Dinner' })).toBeVisible();
  await expect(view.stopButton).toBeVisible();
  half.open();
  await expect(answer.locator('strong')).toHaveText('tascas');
  await expect(answer.locator('pre .hljs-keyword')).toHaveText('fn');
  await expect(answer.locator('math').first()).toBeVisible();
  await expect(answer.getByRole('cell', { name: '2' })).toBeVisible();
  await expect(view.sendButton).toBeVisible();
});

test('stop keeps what came and ends the request', async ({ view, provider }) => {
  await view.begin();
  const never = new Gate();
  provider.say('The first half', never, ' and the second.');
  await view.send('Tell me');
  await expect(view.answers.last()).toContainText('The first half');
  await view.composer.press('Escape');
  await expect(view.answers.last()).toContainText('Stopped. What came is kept.');
  await expect(view.answers.last()).toContainText('The first half');
  await provider.until(() => provider.hungUp === 1);
  await view.page.reload();
  await expect(view.answers.last()).toContainText('The first half');
  await expect(view.answers.last()).toContainText('Stopped');
});

test('answering again and editing make branches that arrows walk', async ({ view, provider, page }) => {
  await view.begin();
  provider.say('Answer one.');
  await view.ask('First question', 'Answer one.');

  provider.say('Answer two.');
  await view.answers.last().hover();
  await view.answers.last().getByRole('button', { name: 'Answer again…' }).click();
  await page.getByRole('option').first().click();
  await expect(view.answers.last()).toContainText('Answer two.');
  await expect(view.answers.last()).toContainText('2/2');
  await view.answers.last().getByRole('button', { name: 'Previous branch' }).click();
  await expect(view.answers.last()).toContainText('Answer one.');
  await expect(view.answers.last()).toContainText('1/2');

  await view.questions.first().hover();
  await view.questions.first().getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByRole('textbox', { name: 'Edit your message' }).fill('Second wording');
  provider.say('Answer three.');
  await page.keyboard.press('Enter');
  await expect(view.answers.last()).toContainText('Answer three.');
  await expect(view.questions.first()).toContainText('2/2');
  await view.questions.first().getByRole('button', { name: 'Previous branch' }).click();
  await expect(view.questions.first()).toContainText('First question');
  await expect(view.answers.last()).toContainText(/Answer (one|two)\./);
});

test('a failed answer says so at the message, with the provider’s own words and a way on', async ({
  view,
  provider,
}) => {
  await view.begin();
  provider.say('Half an answer, then ', { error: 'the upstream fell over' });
  await view.send('Please');
  const answer = view.answers.last();
  await expect(answer).toContainText('Half an answer, then');
  await answer.getByRole('button', { name: 'What Scripted said' }).click();
  await expect(answer).toContainText('the upstream fell over');
  provider.say('Whole this time.');
  await answer.getByRole('button', { name: 'Retry' }).click();
  await expect(view.answers.last()).toContainText('Whole this time.');
});

test('an image that is pasted is shown, can be left out, and goes with the message', async ({
  view,
  provider,
  page,
}) => {
  await view.begin();
  const paste = (kind: 'paste' | 'drop') =>
    view.composer.evaluate(
      (node, [base64, type]) => {
        const bytes = Uint8Array.from(atob(base64 ?? ''), (letter) => letter.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], `${type}.png`, { type: 'image/png' }));
        const event =
          type === 'paste'
            ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
        node.dispatchEvent(event);
      },
      [PIXEL, kind],
    );
  await paste('paste');
  await paste('drop');
  const strip = page.getByRole('list', { name: 'Images of this message' });
  await expect(strip.getByRole('img')).toHaveCount(2);
  await strip
    .getByRole('button', { name: /Leave out/ })
    .first()
    .click();
  await expect(strip.getByRole('img')).toHaveCount(1);
  await view.send('What is this?');
  await expect(view.questions.last().getByRole('button', { name: /Enlarge/ })).toBeVisible();
  await provider.until(() => provider.asked.length === 1);
  expect(provider.asked[0]?.body).toContain(`data:image/png;base64,${PIXEL}`);
});

test('what was typed and not sent is there after a reload and after another chat', async ({
  view,
  page,
  app,
}) => {
  const first = await view.begin('First chat');
  await app.chat('Other chat');
  await view.composer.fill('half a thought');
  await page.getByRole('button', { name: 'New chat', exact: true }).first().click();
  await expect(view.composer).toHaveValue('');
  await page.getByRole('complementary', { name: 'Chats and places' }).getByText('First chat').click();
  await expect(view.composer).toHaveValue('half a thought');
  const kept = await app.call('chat.open', { chatId: first, tail: 1 });
  expect(kept.chat.draft).toBe('half a thought');
  await expect.poll(async () => (await app.call('app.preferences', {})).lastChat).toBe(first);
  await page.reload();
  await expect(view.composer).toHaveValue('half a thought');
});

test('a reload in the middle of an answer goes on where it was, without loss or repetition', async ({
  view,
  provider,
  page,
}) => {
  await view.begin();
  const [one, two] = [new Gate(), new Gate()];
  provider.say('alpha ', 'beta ', one, 'gamma ', two, 'delta.');
  await view.send('Count');
  await expect(view.answers.last()).toContainText('alpha beta');
  await page.reload();
  await expect(view.answers.last()).toContainText('alpha beta');
  one.open();
  await expect(view.answers.last()).toContainText('gamma');
  two.open();
  await expect(view.sendButton).toBeVisible();
  await expect(view.answers).toHaveCount(1);
  const paragraph = view.answers.last().locator('p', { hasText: 'alpha' });
  await expect(paragraph).toHaveText('alpha beta gamma delta.');
  expect(provider.asked).toHaveLength(1);
});

test('Enter while an input method composes does not send', async ({ view, provider }) => {
  await view.begin();
  await view.composer.fill('こんにちは');
  await view.composer.evaluate((node) => {
    const enter = { key: 'Enter', bubbles: true, cancelable: true };
    node.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }));
    // WebKit reports the confirming Enter so.
    node.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }));
  });
  await expect(view.composer).toHaveValue('こんにちは');
  await expect(view.questions).toHaveCount(0);
  await view.composer.press('Enter');
  await expect(view.questions).toHaveCount(1);
  await provider.until(() => provider.asked.length === 1);
});

test('Shift and Enter make a new line, and Escape never throws text away', async ({ view }) => {
  await view.begin();
  await view.composer.pressSequentially('one');
  await view.composer.press('Shift+Enter');
  await view.composer.pressSequentially('two');
  await view.composer.press('Escape');
  await expect(view.composer).toHaveValue('one\ntwo');
  await expect(view.questions).toHaveCount(0);
});

test('reasoning is folded away and can be opened', async ({ view, provider }) => {
  await view.begin();
  provider.say({ reasoning: 'They like fish.' }, 'Fish.');
  await view.ask('Dinner?', 'Fish.');
  const answer = view.answers.last();
  await expect(answer.getByText('They like fish.')).toBeHidden();
  await answer.getByRole('button', { name: /^Thought/ }).click();
  await expect(answer.getByText('They like fish.')).toBeVisible();
});
