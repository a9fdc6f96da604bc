// How the browser lane runs: the built page on the harness, in the system's own Chromium, two pages at a time.
// Each test starts its own harness (see test.ts), so nothing is shared and nothing has to be started here.
// `npx playwright test --project shots` takes the pictures of shots.ts instead; it is not part of the lane.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's, Ubuntu's and Google's names for it; `CHROMIUM` chooses another. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/snap/bin/chromium',
  '/usr/bin/google-chrome',
];
const executablePath = process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place));
if (executablePath === undefined) throw new Error(`could not find a Chromium at ${PLACES.join(', ')}`);

// Chromium refuses its sandbox to root, which CI machines often are.
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export default defineConfig({
  outputDir: '../../target/browser',
  workers: 2,
  fullyParallel: true,
  forbidOnly: process.env['CI'] === 'true',
  // Only a failing test waits that long; a debug build on two busy cores needs some of it.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath, args },
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    screenshot: 'only-on-failure',
    // Recording takes a third of the lane's time. Without it some specs look before the page has settled.
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'lane', testDir: 'specs' },
    ...(process.env['SHOTS'] ? [{ name: 'shots', testDir: '.', testMatch: /shots\w*\.ts/ }] : []),
  ],
});
