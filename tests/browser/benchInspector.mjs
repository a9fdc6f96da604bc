// The panel under the stop-watch: a turn is held and each event of its record is followed from the wire to the painted
// panel; past turns are opened by their chips; pages of the history are asked for. Takes one argument, a JSON text with the
// harness's address and the turns; answers samples as JSON on standard output. Judges nothing. Called by `bench`.
import process from 'node:process';
import { openBrowser } from './stopwatch.mjs';

const { url, token, turns, rounds, pages, live, word, none } = JSON.parse(process.argv[2]);
const { browser, page } = await openBrowser();
try {
  await page.addInitScript(hear);
  const seen = {
    event: [],
    eventFrames: [],
    bare: [],
    open: [],
    page: [],
    wish: [],
    wordOfAll: [],
    wordOfNone: [],
  };
  // The first round reads everything from disk and makes the code warm; it is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    await start();
    const times = [];
    for (const at of turns.keys()) times.push(await open(at));
    if (round > 0) seen.open.push(...times);
  }
  const history = (filter) =>
    page.evaluate(
      async ([filter, token]) => {
        const began = performance.now();
        const answer = await fetch('/rpc/injection.list', {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ filter, sort: 'newest', limit: 100 }),
        });
        const { total } = await answer.json();
        return { ms: performance.now() - began, total };
      },
      [filter, token],
    );
  for (let round = 0; round <= pages; round += 1) {
    const asked = {
      page: await history({}),
      wish: await history({ memory: { kind: 'used' } }),
      wordOfAll: await history({ words: word }),
      wordOfNone: await history({ words: none }),
    };
    seen.stored = asked.page.total;
    if (asked.wordOfAll.total === 0) throw new Error(`no turn has the word ${word}`);
    if (round > 0) for (const [name, { ms }] of Object.entries(asked)) seen[name].push(ms);
  }
  await start();
  for (let round = 0; round <= live; round += 1) {
    const { event, frames, bare } = await hold(`Live ${round} of the bench.`);
    if (round === 0) continue;
    seen.event.push(...event);
    seen.eventFrames.push(...frames);
    seen.bare.push(...bare);
  }
  process.stdout.write(JSON.stringify(seen));
} finally {
  await browser.close();
}

/** Opens the app anew at its last chat, with the panel beside it. */
async function start() {
  await page.goto('about:blank');
  await page.goto(`${url}/#token=${token}`);
  await page.locator('button[data-memory]').nth(0).waitFor({ state: 'attached' });
  await page.locator('section[aria-label="Injected memories"]').waitFor();
  await page.waitForTimeout(300);
}

/** In the page: tells when text of a stream was read, before the app has it. */
function hear() {
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function (...rest) {
    const piece = await read.apply(this, rest);
    if (typeof piece.value === 'string') window.benchHeard?.(piece.value);
    return piece;
  };
}

/** Milliseconds from the click on an answer's chip to the end of the frame in which its panel is there. */
async function open(at) {
  await bringIntoSight(at);
  return page.evaluate(
    (words) =>
      new Promise((resolve, reject) => {
        const questions = [...document.querySelectorAll('article')];
        const from = questions.findIndex((one) => one.textContent.includes(words));
        const target = questions.slice(from).find((one) => one.querySelector('button[data-memory]'));
        const button = target?.querySelector('button[data-memory]');
        if (!button) return reject(new Error(`no answer to ${words} is drawn`));
        const began = performance.now();
        button.click();
        const look = () => {
          const query = document.querySelector('section[aria-label="Injected memories"] .query');
          const card = document.querySelector('section[aria-label="Injected memories"] .card');
          if (query?.textContent.includes(words) && card && card.getBoundingClientRect().height > 0) {
            // This frame is painted after its callbacks; a message posted now is read after that.
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - began);
            port2.postMessage(null);
          } else if (performance.now() - began > 20_000) {
            reject(new Error(`the panel of ${words} never came`));
          } else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
    `Round ${at} of the bench.`,
  );
}

/**
 * Scrolls until the question of a round and the chip of its answer are drawn: the list of messages draws what is in sight,
 * and what it draws moves the rest.
 */
async function bringIntoSight(round) {
  const log = page.getByRole('log', { name: 'Messages' });
  for (let tries = 0; tries < 200; tries += 1) {
    const drawn = await log.evaluate((log, round) => {
      const articles = [...log.querySelectorAll('article')];
      const rounds = articles.map((one) => /Round (\d+) of the bench/.exec(one.textContent)?.[1]);
      const at = rounds.indexOf(String(round));
      if (at >= 0 && articles[at + 1]?.querySelector('button[data-memory]')) return true;
      const above = rounds.some((one) => one !== undefined && Number(one) > round);
      const box = [log, ...log.querySelectorAll('*')].find(
        (one) => one.scrollHeight > one.clientHeight + 50 && getComputedStyle(one).overflowY !== 'visible',
      );
      // The question is there, and its answer is not: it is below.
      box?.scrollBy(0, at < 0 && above ? -300 : 300);
      return false;
    }, round);
    if (drawn) return page.waitForTimeout(100);
    await page.waitForTimeout(30);
  }
  throw new Error(`no answer of round ${round} is drawn`);
}

/** Sends a message and follows each event of its record: from the wire to the end of the frame that shows it. */
async function hold(words) {
  await page.evaluate(() => {
    const got = { event: [], frames: [], bare: [], open: null };
    window.benchGot = got;
    let frame = 0;
    const count = () => {
      frame += 1;
      if (window.benchGot === got) requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    const painted = (then) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = then;
        port2.postMessage(null);
      });
    const spot = document.createElement('i');
    spot.textContent = '0';
    spot.style.cssText = 'position:fixed;right:0;bottom:0;font-size:6px';
    document.body.append(spot);
    window.benchHeard = (text) => {
      if (!/"kind":\s*"record"/.test(text)) return;
      const [at, since] = [performance.now(), frame];
      // Several events of one read are one change of the panel.
      got.open = { at, since };
      spot.textContent = String(at);
      painted(() => got.bare.push(performance.now() - at));
    };
    got.watch = new MutationObserver(() => {
      const { open } = got;
      if (open === null) return;
      got.open = null;
      painted(() => {
        got.event.push(performance.now() - open.at);
        got.frames.push(frame - open.since);
      });
    });
    got.watch.observe(document.querySelector('aside[aria-label="Injected memories"]'), {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    got.spot = spot;
  });
  const box = page.getByRole('textbox', { name: 'Message', exact: true });
  await box.fill(words);
  await box.press('Enter');
  const panel = page.locator('section[aria-label="Injected memories"]');
  await panel.locator('.query', { hasText: words }).waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
  await page.waitForTimeout(300);
  return page.evaluate(() => {
    const { event, frames, bare, watch, spot } = window.benchGot;
    window.benchHeard = undefined;
    window.benchGot = null;
    watch.disconnect();
    spot.remove();
    return { event, frames, bare };
  });
}
