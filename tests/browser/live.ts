// What the specs of following a bank begin with: a scripted server with logs, the page of the bank at its live list, axe, and
// pictures of it (`FOLLOW_SHOTS=folder`).
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { LoggedMemory } from './fakes/log';
import { test as base } from './test';

export { expect } from './test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SHOTS = process.env['FOLLOW_SHOTS'];
export const HOSTILE = '<img src=x onerror="alert(1)"> \u202Eevil';

export const test = base.extend<{ log: LoggedMemory }>({
  setUp: 'provider',
  // The scripted server counts no banks and can be dead; the page says both and goes on.
  expectedErrors: [/status of 502 \(Bad Gateway\)/],
  log: async ({ app }, use) => {
    const log = new LoggedMemory();
    await log.start();
    await app.useMemory(log);
    await use(log);
    await log.stop();
  },
});

export async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

export async function shot(page: Page, name: string) {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

/** Opens the page of the bank `default` on the scripted server at its live list. */
export async function live(page: Page) {
  await page.getByRole('button', { name: 'Banks', exact: true }).first().click();
  await page.getByRole('button', { name: 'default on Scripted memory' }).click();
  await page
    .getByRole('navigation', { name: 'Sections of the bank' })
    .getByRole('button', { name: 'Live', exact: true })
    .click();
  return page.getByRole('region', { name: 'Live', exact: true });
}
