// The page under the stop-watch: opens a long chat and a short one by turns, streams an answer, and watches
// frames and long tasks. Takes one argument, a JSON text with the harness's address and the chats; answers
// samples as JSON on standard output. Judges nothing. Called by the program `bench`.
import process from 'node:process';
import { openBrowser, watch } from './stopwatch.mjs';

const { url, token, short, long, rounds, idleMs } = JSON.parse(process.argv[2]);
const { browser, page } = await openBrowser();
try {
  await page.goto(`${url}/#token=${token}`);
  await page.locator(`[data-row="${long}"]`).waitFor();
  await page.locator('article .column').first().waitFor();

  const openLong = [];
  const openShort = [];
  const elements = [];
  for (let round = 0; round < rounds; round += 1) {
    openLong.push(await open(page, long));
    elements.push(await page.evaluate(() => document.querySelectorAll('*').length));
    openShort.push(await open(page, short));
  }

  await open(page, long);
  const idle = await watch(page, () => page.waitForTimeout(idleMs));
  const streamed = await watch(page, () => stream(page));
  process.stdout.write(
    JSON.stringify({
      openLong,
      openShort,
      elements,
      longTasks: streamed.longTasks,
      frames: streamed.frames,
      idleFrames: idle.frames,
    }),
  );
} finally {
  await browser.close();
}

/** Milliseconds from the click on a chat to the frame after its last message was in sight. */
async function open(page, chat) {
  const last = await lastMessage(page, chat);
  return page.evaluate(
    ({ chat, last }) =>
      new Promise((resolve) => {
        // The row around a chat holds its button, the row itself is not one.
        const target =
          document.querySelector(`[data-row="${chat}"] [data-chat]`) ??
          document.querySelector(`[data-chat="${chat}"]`);
        const began = performance.now();
        target.click();
        const look = () => {
          const row = document.querySelector(`article[data-message="${last}"]`);
          const box = row?.querySelector('.answer')?.getBoundingClientRect();
          const shown = box && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
          if (shown && getComputedStyle(row).visibility === 'visible') {
            // This frame is painted after its callbacks; a message posted now is read after that.
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - began);
            port2.postMessage(null);
          } else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
    { chat, last },
  );
}

/** The id of a chat's last message. */
async function lastMessage(page, chatId) {
  const answer = await page.request.post(`${url}/rpc/chat.open`, {
    headers: { Authorization: `Bearer ${token}` },
    data: { chatId, tail: 1 },
  });
  const view = await answer.json();
  return view.path.at(-1).id;
}

/** Sends a message and waits until its answer has ended. */
async function stream(page) {
  const box = page.getByRole('textbox', { name: 'Message' });
  await box.fill('Tell me everything you know.');
  await box.press('Enter');
  const stop = page.getByRole('button', { name: 'Stop' });
  await stop.waitFor();
  await stop.waitFor({ state: 'detached', timeout: 120_000 });
}
