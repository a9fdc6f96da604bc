// The fact browser under the stop-watch: opens a list of many facts again and again, races through it, asks for pages
// and filters, and has the bank looked through. Takes one argument, a JSON text with the harness's address, its process
// and the bank; answers samples as JSON on standard output. Judges nothing. Called by the program `bench`.
import process from 'node:process';
import { cpuSeconds, openBrowser, watch } from './stopwatch.mjs';

const { url, token, pid, serverId, bankId, rounds, jumps } = JSON.parse(process.argv[2]);
const { browser, page } = await openBrowser();
try {
  await page.goto(`${url}/#token=${token}`);
  const place = (name) => page.getByRole('button', { name, exact: true }).first();
  await place('Memories').click();
  await page.locator('[role="grid"] [data-index="0"] time').first().waitFor({ timeout: 120_000 });

  const firstRows = [];
  const elements = [];
  for (let round = 0; round < rounds; round += 1) {
    await place('Banks').click();
    await page.locator('[role="grid"][aria-label="Facts"]').waitFor({ state: 'detached' });
    firstRows.push(await openList());
    elements.push(await page.evaluate(() => document.querySelectorAll('*').length));
  }

  const rows =
    Number(await page.locator('[role="grid"][aria-label="Facts"]').getAttribute('aria-rowcount')) - 1;
  const idle = await watch(page, () => page.waitForTimeout(2_000));
  const scrolled = await watch(page, async () => {
    const box = await page.locator('[role="grid"][aria-label="Facts"]').boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (let step = 0; step < jumps; step += 1) {
      await page.mouse.wheel(0, 900);
      await page.waitForTimeout(16);
    }
    for (let step = 1; step <= jumps; step += 1) {
      await page.evaluate(
        (part) => {
          const scroll = document.querySelector('[role="grid"][aria-label="Facts"]');
          scroll.scrollTop = part * scroll.scrollHeight;
        },
        ((step * 37) % jumps) / jumps,
      );
      await page.waitForTimeout(50);
    }
  });
  elements.push(await page.evaluate(() => document.querySelectorAll('*').length));

  const pages = [];
  for (let round = 0; round < rounds; round += 1) {
    const offset = Math.floor((rows * (round + 1)) / (rounds + 1));
    pages.push(await timed({ limit: 200, offset }));
  }
  // A word of few facts, of none and of most; a tag of most and of few. The list asks so while one types.
  const words = [];
  for (const q of ['garden', 'xylophonist', 'the']) {
    for (let round = 0; round < rounds; round += 1) words.push(await timed({ q, limit: 100 }));
  }
  const { items: tagsFound } = await (await call('memory.tags', { serverId, bankId, filter: {} })).json();
  const tags = [];
  for (const { tag } of [tagsFound.at(0), tagsFound.at(-1)].filter((one) => one !== undefined)) {
    const filter = { tags: [tag], tagsMatch: 'any_strict', limit: 100 };
    for (let round = 0; round < rounds; round += 1) tags.push(await timed(filter));
  }

  const findings = [];
  const findingsCpu = [];
  for (let round = 0; round < 3; round += 1) {
    const [began, cpu] = [performance.now(), cpuSeconds([pid])];
    const answer = await call('review.find', { serverId, bankId, kinds: [] }, 'text/event-stream');
    if (!(await answer.text()).includes('"done"')) throw new Error('the search for findings did not end');
    findings.push(performance.now() - began);
    findingsCpu.push((cpuSeconds([pid]) - cpu) * 1000);
  }
  process.stdout.write(
    JSON.stringify({
      firstRows,
      elements,
      rows,
      pages,
      words,
      tags,
      findings,
      findingsCpu,
      longTasks: scrolled.longTasks,
      frames: scrolled.frames,
      idleFrames: idle.frames,
    }),
  );
} finally {
  await browser.close();
}

function call(name, data, accept = 'application/json') {
  const headers = { Authorization: `Bearer ${token}`, Accept: accept };
  return page.request.post(`${url}/rpc/${name}`, {
    headers,
    data,
    timeout: 120_000,
  });
}

/** Milliseconds until a page of the list is here. */
async function timed(filter) {
  const began = performance.now();
  const answer = await call('memory.list', {
    serverId,
    bankId,
    textChars: 2000,
    filter,
  });
  await answer.body();
  if (!answer.ok()) throw new Error(`the list answered ${answer.status()}`);
  return performance.now() - began;
}

/** Milliseconds from the click on Memories to the frame after the first facts were in sight. */
function openList() {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const target = [...document.querySelectorAll('button')].find(
          (button) => button.textContent.trim() === 'Memories' || button.ariaLabel === 'Memories',
        );
        const began = performance.now();
        target.click();
        const look = () => {
          const row = document.querySelector('[role="grid"] [data-index="0"] time');
          if (row && row.getBoundingClientRect().height > 0) {
            // This frame is painted after its callbacks; a message posted now is read after that.
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - began);
            port2.postMessage(null);
          } else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );
}
