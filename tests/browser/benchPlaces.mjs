// The places of the view Memories under the stop-watch: the app opened anew each time, each tab until its first rows,
// and a browser that is left alone. Takes one argument, a JSON text with the harness's address; answers samples as JSON on
// standard output. Judges nothing. Called by the program `bench`.
import process from 'node:process';
import { browserCpu, browserPss, openBrowser } from './stopwatch.mjs';

const { url, token, rounds, idleMs } = JSON.parse(process.argv[2]);
/** What is in sight once a tab has its first rows. */
const TABS = {
  List: '[role="grid"][aria-label="Facts"] [data-index="0"] time',
  Entities: '[role="grid"] [role="rowgroup"] [role="row"]',
  Timeline: '[aria-label="Facts, the latest first"] time',
  Documents: '[aria-label="Documents"] [role="option"] time',
  Graph: '[role="application"] canvas',
};
const { browser, page } = await openBrowser();
try {
  const blankPss = browserPss();
  const seen = {
    open: [],
    openCpu: [],
    openBytes: [],
    idle: {},
    pss: [],
    blankPss: [blankPss],
    tabs: {},
  };
  for (const name of Object.keys(TABS)) seen.tabs[name] = { first: [], elements: [], bytes: [] };
  // The first time everything is read from disk; it is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    await page.goto('about:blank');
    await page.goto(`${url}/#token=${token}`);
    await place('Memories').waitFor();
    await page.waitForTimeout(700);
    const opened = {};
    const cpu = await browserCpu(async () => {
      Object.assign(opened, await press('Memories', TABS.List));
      await page.waitForTimeout(500);
    });
    if (round === 0) continue;
    seen.open.push(opened.ms);
    seen.openCpu.push(cpu);
    seen.openBytes.push(opened.bytes);
    for (const name of Object.keys(TABS).slice(1).concat('List')) {
      const { ms, bytes, elements } = await press(name, TABS[name]);
      seen.tabs[name].first.push(ms);
      seen.tabs[name].bytes.push(bytes);
      seen.tabs[name].elements.push(elements);
      await page.waitForTimeout(300);
    }
    // Later rounds add what the browser keeps of pages that it left.
    if (round === 1) seen.pss.push(browserPss());
  }
  for (const name of ['Graph', 'Timeline', 'List']) {
    await press(name, TABS[name]);
    if (name === 'Graph') await page.locator('[role="application"][data-settled="true"]').waitFor();
    // What came with the rows has settled.
    await page.waitForTimeout(2_000);
    const cpu = await browserCpu(() => page.waitForTimeout(idleMs));
    seen.idle[name] = [(100 * cpu) / idleMs];
  }
  process.stdout.write(JSON.stringify(seen));
} finally {
  await browser.close();
}

function place(name) {
  return page.getByRole('button', { name, exact: true }).first();
}

/** Presses a button or a tab. Answers milliseconds to the frame after its first rows, the bytes that came meanwhile
    from the app, and how many elements there are then. */
function press(name, rows) {
  return page.evaluate(
    ([name, rows]) =>
      new Promise((resolve, reject) => {
        const target = [...document.querySelectorAll('button')].find(
          (button) => button.textContent.trim() === name || button.ariaLabel === name,
        );
        if (!target) {
          reject(new Error(`there is no button ${name}`));
          return;
        }
        performance.clearResourceTimings();
        const began = performance.now();
        target.click();
        const look = () => {
          const row = document.querySelector(rows);
          if (row && row.getBoundingClientRect().height > 0) {
            // This frame is painted after its callbacks; a message posted now is read after that.
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
              const ms = performance.now() - began;
              const answers = performance.getEntriesByType('resource');
              const bytes = answers.reduce((sum, answer) => sum + answer.encodedBodySize, 0);
              resolve({
                ms,
                bytes,
                elements: document.querySelectorAll('*').length,
              });
            };
            port2.postMessage(null);
          } else if (performance.now() - began > 60_000) {
            reject(new Error(`${name} has no rows after a minute`));
          } else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
    [name, rows],
  );
}
