// Pictures of Memories, Banks and the recall lab with the sample bank, for people to look at: both themes, two sizes.
// No test; `SHOTS=1 npx playwright test shotsMemory --project shots` writes them to target/shots. With
// `SHOTS_HOME=FOLDER` they show the first bank of that data folder (`BENCH_KEEP=FOLDER BENCH_ONLY=list make bench` keeps one
// of 100,000 facts) and go to target/shots-large.
import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './test';

const LARGE = process.env['SHOTS_HOME'];
const FOLDER = path.resolve(__dirname, `../../target/shots${LARGE ? '-large' : ''}`);
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const SECTIONS = [
  'Overview',
  'Names',
  'Copy and move',
  'Template',
  'Missions',
  'Settings',
  'Prompts',
  'Scopes',
  'Statistics',
  'Directives',
  'Mental models',
  'Knowledge pages',
  'Tags',
  'Operations',
  'Model calls',
  'Audit log',
  'Webhooks',
];

test.use({ setUp: 'nothing', startFrom: LARGE });

for (const theme of ['light', 'dark'] as const) {
  for (const size of SIZES) {
    test(`memories, banks and lab, ${theme} ${size.width}`, async ({ page, app, open }) => {
      test.setTimeout(600_000);
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: theme });
      if (!LARGE) await app.call('engine.loadSample', {});
      await app.prefer({ welcomed: true });
      const take = async (name: string) => {
        await page.waitForTimeout(700);
        await page.screenshot({ path: path.join(FOLDER, `${name}-${theme}-${size.width}.png`) });
      };
      const step = async (name: string, act: () => Promise<void>) => {
        try {
          await act();
          await take(name);
        } catch (thrown) {
          console.log(`${name} ${theme} ${size.width}: ${String(thrown).split('\n')[0]}`);
        }
      };
      await open();
      await page.getByRole('button', { name: 'Memories', exact: true }).click();
      for (const tab of [
        'List',
        'Entities',
        'Graph',
        'Timeline',
        'Documents',
        'Review',
        'Changes',
        'Bring in',
        'Take out',
      ]) {
        await step(`memories-${tab.replace(' ', '-').toLowerCase()}`, async () => {
          await page.getByRole('tab', { name: tab, exact: true }).click();
          await firstRow(page, tab);
        });
      }
      await page.getByRole('button', { name: 'Recall lab', exact: true }).click();
      const lab = page.getByRole('region', { name: 'Recall lab' });
      await step('lab', async () => {
        await lab.getByRole('textbox', { name: 'Query' }).fill('Who is allergic to something?');
        await lab.getByRole('textbox', { name: 'Query' }).press('Enter');
        await expect(
          lab
            .getByRole('list', { name: /^Candidates/ })
            .getByRole('button')
            .first(),
        ).toBeVisible();
      });
      await page.getByRole('button', { name: 'Banks', exact: true }).click();
      await take('banks');
      const sections: Locator = page.getByRole('navigation', { name: 'Sections of the bank' });
      await step('bank', async () => {
        await page.locator('button[data-bank]').first().click({ timeout: 5000 });
      });
      for (const section of SECTIONS) {
        await step(`bank-${section.replaceAll(' ', '-').toLowerCase()}`, async () => {
          await sections.getByRole('button', { name: section, exact: true }).first().click({ timeout: 4000 });
        });
      }
    });
  }
}

async function firstRow(page: Page, tab: string) {
  if (tab === 'Graph') await page.waitForTimeout(4000);
  if (tab === 'List') {
    await expect(page.getByRole('row').nth(3)).toBeVisible();
    await page.getByRole('row').nth(3).click();
    await page.keyboard.press('Enter');
  }
  if (tab === 'Review')
    await page
      .getByRole('button', { name: /^(Start|Look|Check)/ })
      .first()
      .click({ timeout: 3000 });
}
