// What the programs that time the page share: the browser they open, a watch over frames and long tasks, and what
// processes take of processor and memory. bench.mjs, benchList.mjs and benchPlaces.mjs call it.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';

// The page's packages are the lane's packages.
const { chromium } = createRequire(new URL('../../ui/package.json', import.meta.url))('@playwright/test');

/** Opens the browser and a page of the usual size in it. */
export async function openBrowser() {
  const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const executablePath = process.env.CHROMIUM ?? programs.find((path) => existsSync(path));
  // Chromium's sandbox refuses to run as root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  return {
    browser,
    page: await browser.newPage({ viewport: { width: 1280, height: 800 } }),
  };
}

/** Lengths of tasks over 50 ms, and times from frame to frame, while something happens. */
export async function watch(page, happening) {
  await page.evaluate(() => {
    const seen = { longTasks: [], frames: [], on: true };
    window.benchSeen = seen;
    seen.observer = new PerformanceObserver((list) => {
      for (const task of list.getEntries()) seen.longTasks.push(Math.round(task.duration));
    });
    seen.observer.observe({ type: 'longtask' });
    let before = null;
    const frame = (now) => {
      if (before !== null) seen.frames.push(now - before);
      before = now;
      if (seen.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await happening();
  return page.evaluate(() => {
    const { longTasks, frames, observer } = window.benchSeen;
    window.benchSeen.on = false;
    observer.disconnect();
    return { longTasks, frames };
  });
}

/** This process's id tells the browser's: it is all that we started. */
export const browserTree = () => tree(process.pid).slice(1);

/** Seconds of processor time that these processes have had; ones that are gone count nothing. */
export const cpuSeconds = (pids) => pids.reduce((sum, pid) => sum + ticks(pid) / 100, 0);

/** Milliseconds of processor time of the browser while something happens. */
export async function browserCpu(happening) {
  const before = new Map(browserTree().map((pid) => [pid, ticks(pid)]));
  await happening();
  return browserTree().reduce((sum, pid) => sum + (ticks(pid) - (before.get(pid) ?? 0)) * 10, 0);
}

/** Megabytes (of 10^6 bytes) of the browser, each shared page by its part. */
export const browserPss = () =>
  browserTree().reduce((sum, pid) => sum + numberAfter(`/proc/${pid}/smaps_rollup`, 'Pss:') * 1024, 0) / 1e6;

function tree(root) {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), numberAfter(`/proc/${name}/status`, 'PPid:')]);
  const found = [root];
  for (const pid of found)
    found.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  return found;
}

/** Hundredths of a second in which a process ran, in the kernel and outside. */
function ticks(pid) {
  // The name of the program stands in brackets and may hold blanks.
  const fields = textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function numberAfter(path, name) {
  const line = textOf(path)
    .split('\n')
    .find((one) => one.startsWith(name));
  return Number(line?.slice(name.length).trim().split(' ')[0] ?? 0);
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a process that ended meanwhile
  }
}
