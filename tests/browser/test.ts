// What every spec begins with: a fresh app with scripted provider and memory server set up, the page open on it, and a
// watch over the page. A test fails when the console had an error, when the content policy was broken, or when
// anything was asked of another host, whatever else it proved.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base } from '@playwright/test';
import type { Page } from '@playwright/test';
import { App } from './app';
import { ChatView } from './chatView';
import { ScriptedMemory } from './fakes/memory';
import { ScriptedProvider } from './fakes/provider';

export { expect } from '@playwright/test';

interface Options {
  /** What is set up before the page opens. */
  setUp: 'nothing' | 'provider' | 'provider and memory';
  /** A data folder that is copied for the app to begin with; an empty one else. */
  startFrom: string | undefined;
  /** Whether the app begins with the sample bank in its engine; a test's own `engine.loadSample` then finds it there. */
  sample: boolean;
  /** Console errors that are expected, because the test provokes them. */
  expectedErrors: RegExp[];
}

interface Shared {
  /** A data folder with the sample bank, made once for each worker: to read it in takes seconds. */
  sampleHome: () => Promise<string>;
}

interface Fixtures {
  app: App;
  provider: ScriptedProvider;
  memory: ScriptedMemory;
  /** The chat in the centre of the page. */
  view: ChatView;
  /** Opens the page. Tests that prepare the app first use it; `view.begin` does it for the others. */
  open: () => Promise<void>;
}

export const test = base.extend<Fixtures & Options, Shared>({
  setUp: ['provider and memory', { option: true }],
  startFrom: [undefined, { option: true }],
  sample: [false, { option: true }],
  expectedErrors: [[], { option: true }],

  sampleHome: [
    async ({}, use) => {
      let made: Promise<string> | undefined;
      const make = async () => {
        const home = await mkdtemp(path.join(tmpdir(), 'rearview-sample-'));
        const app = await App.start(home);
        await app.call('engine.loadSample', {});
        await app.stop(true);
        return home;
      };
      await use(() => (made ??= make()));
      if (made) await rm(await made, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  provider: async ({}, use) => {
    const provider = new ScriptedProvider();
    await provider.start();
    await use(provider);
    await provider.stop();
  },

  memory: async ({}, use) => {
    const memory = new ScriptedMemory();
    await memory.start();
    await use(memory);
    await memory.stop();
  },

  app: async ({ setUp, startFrom, sample, sampleHome, provider, memory }, use) => {
    const from = sample ? await sampleHome() : startFrom;
    const app = await App.start(from === undefined ? undefined : await copied(from));
    if (setUp !== 'nothing') await app.useProvider(provider);
    if (setUp === 'provider and memory') await app.useMemory(memory);
    await use(app);
    await app.stop();
  },

  page: async ({ page, app, expectedErrors }, use) => {
    const faults: string[] = [];
    await watch(page, app.url, faults);
    await use(page);
    const broken = await page.evaluate(() => (window as never)['policyBroken'] as string[]).catch(() => []);
    const unexpected = faults.filter((fault) => !expectedErrors.some((expected) => expected.test(fault)));
    base.expect([...unexpected, ...(broken ?? [])], 'what the page must not do').toEqual([]);
  },

  view: async ({ page, app, open }, use) => use(new ChatView(page, app, open)),

  open: async ({ page, app }, use) =>
    use(async () => {
      await page.goto(app.page);
    }),
});

/** A copy of a folder, to be taken away by whoever it is for. */
async function copied(folder: string): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'rearview-browser-'));
  await cp(folder, copy, { recursive: true });
  return copy;
}

async function watch(page: Page, own: string, faults: string[]): Promise<void> {
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', (popup) => faults.push(`popup: ${popup.url()}`));
  await page.addInitScript(() => {
    const broken: string[] = [];
    Object.assign(window, { policyBroken: broken });
    addEventListener('securitypolicyviolation', (event) =>
      broken.push(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.route(
    (url) => url.origin !== own && url.protocol.startsWith('http'),
    async (route) => {
      faults.push(`asked of another host: ${route.request().url()}`);
      await route.abort();
    },
  );
}
