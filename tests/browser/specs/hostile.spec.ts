// Memory text and model output are written by strangers: nothing of it runs, is followed or is fetched.
import { expect, test } from '../test';

const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror="alert(2)">',
  '<img src="https://evil.test/pixel.png">',
  '![remote](https://evil.test/remote.png)',
  '[click me](javascript:alert(3))',
  '<a href="https://evil.test/" onclick="alert(4)">link</a>',
  '[data](data:text/html,<script>alert(5)</script>)',
  '<iframe src="https://evil.test/"></iframe>',
  '<svg onload="alert(6)"><use href="https://evil.test/#x"/></svg>',
  '<style>body{background:url(https://evil.test/style.png)}</style>',
  '<form action="https://evil.test/"><button>send</button></form>',
  '$\\href{javascript:alert(7)}{x}$ $\\includegraphics{https://evil.test/math.png}$',
  '```html\n<script>alert(8)</script>\n```',
  '\u202Eright to left\u202C',
].join('\n\n');

test('nothing in an answer or a memory runs, and nothing is fetched', async ({
  view,
  provider,
  memory,
  page,
}) => {
  memory.knows(HOSTILE, '<img src=x onerror=alert(9)> [x](javascript:alert(10))');
  provider.say({ reasoning: HOSTILE }, HOSTILE);
  await view.begin('<img src=x onerror=alert(11)>');
  await view.send(HOSTILE);
  await expect(view.sendButton).toBeVisible();
  const answer = view.answers.last();
  await expect(answer).toContainText('<script>alert(1)</script>');
  await answer.getByRole('button', { name: /^Thought/ }).click();
  await view.injected.getByRole('list', { name: 'Injected memories' }).getByRole('button').first().click();
  for (const part of ['Query and settings', 'Block', 'Exact request', 'Answer', 'Stored'])
    await view.part(part);
  await expect(view.injected).toContainText('onerror');

  const dangers = await page.evaluate(() => {
    const made = document.querySelectorAll(
      '[role="log"] :is(script, iframe, object, embed, form, style, base, meta, link), aside :is(script, iframe, form, style)',
    );
    const handlers = [...document.querySelectorAll('[role="log"] *, aside *')].flatMap((node) =>
      [...node.attributes]
        .filter((one) => one.name.startsWith('on'))
        .map((one) => `${node.tagName} ${one.name}`),
    );
    const targets = [...document.querySelectorAll('a[href], img[src]')]
      .map((node) => node.getAttribute('href') ?? node.getAttribute('src') ?? '')
      .filter((target) => !/^(https?:|mailto:|data:image\/|blob:|#)/i.test(target));
    return [...[...made].map((node) => node.tagName), ...handlers, ...targets];
  });
  expect(dangers).toEqual([]);
  // The watch of every test says whether a request left, a dialog opened or the content policy was broken.
});

test('a link in an answer is handed to the system and never opened in the page', async ({
  view,
  provider,
  page,
  app,
}) => {
  provider.say('See [the timetable](https://example.test/ferry).');
  await view.begin();
  await view.send('When?');
  const opened = page.waitForRequest((request) => request.url().endsWith('/rpc/app.openUrl'));
  await view.answers.last().getByRole('link', { name: 'the timetable' }).click();
  expect((await opened).postDataJSON()).toEqual({ url: 'https://example.test/ferry' });
  expect(new URL(page.url()).origin).toBe(app.url);
});
