// What the programs that time the page share: the browser they open, how a painted frame is told, and a watch over
// frames and long tasks. bench.mjs and benchList.mjs call it.
import { existsSync } from 'node:fs';
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
  return { browser, page: await browser.newPage({ viewport: { width: 1280, height: 800 } }) };
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
