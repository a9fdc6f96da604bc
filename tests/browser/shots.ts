// Pictures of every view, for people to look at: both themes, two sizes, with no data, little, and far too much. No test;
// `SHOTS=1 npx playwright test --project shots` writes them to target/shots.
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { App } from './app';
import type { ScriptedMemory } from './fakes/memory';
import type { ScriptedProvider } from './fakes/provider';
import { Gate } from './fakes/gate';
import { seedLongChat } from './seed';
import { expect, test } from './test';

const FOLDER = path.resolve(__dirname, '../../target/shots');
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const MARKDOWN = `Since Ana is vegetarian, look for **petiscos** without meat:

1. *Ao 26 Vegan Food Project*, near Chiado
2. *Jardim das Cerejas*, a buffet

| place | price | walk |
|---|---:|---:|
| Ao 26 | 18 € | 6 min |
| Jardim das Cerejas | 12 € | 9 min |

\`\`\`rust
/// Walks to dinner.
fn main() {
    let places = ["Ao 26", "Jardim das Cerejas"];
    println!("{} places", places.len());
}
\`\`\`

> A tip is 5 to 10 %.

The bill of $n$ people is $\\sum_{i=1}^{n} p_i$, and [the map](https://example.test/map) shows both.
`;
const MANY = Array.from(
  { length: 80 },
  (_, at) =>
    `Fact ${at + 1}: Ana ${['likes', 'visited', 'avoids', 'asked about'][at % 4]} place number ${at}, ${'and said more about it, '.repeat(at % 7)}as always.`,
);

for (const theme of ['light', 'dark'] as const) {
  for (const size of SIZES) {
    test.describe(`${theme} ${size.width}`, () => {
      test.use({ viewport: size, colorScheme: theme });
      test.slow();
      const take = (page: Page, name: string) =>
        page.screenshot({ path: path.join(FOLDER, `${name}-${theme}-${size.width}.png`) });

      test.describe('with nothing', () => {
        test.use({ setUp: 'nothing' });
        test('no data', async ({ page, open }) => {
          await open();
          await expect(page.getByRole('button', { name: /^Try without/ })).toBeVisible();
          await take(page, 'welcome-1');
          await page
            .getByRole('option', { name: /^OpenAI/ })
            .first()
            .click();
          await take(page, 'welcome-1-provider');
          await page.getByRole('button', { name: 'Back' }).click();
          await page.getByRole('button', { name: 'Later' }).click();
          await take(page, 'welcome-2');
          await page.getByRole('button', { name: 'Go on', exact: true }).click();
          await take(page, 'welcome-3');
          await page.getByRole('button', { name: 'Skip' }).click();
          await take(page, 'no-chat');
          await page.getByRole('button', { name: 'New chat', exact: true }).first().click();
          await expect(page.getByRole('textbox', { name: 'Message', exact: true })).toBeVisible();
          await take(page, 'chat-empty-demo');
          await sections(page, 'none', take);
        });
      });

      test('little data', async ({ page, app, view, provider, memory }) => {
        await little(app, provider, memory);
        await view.begin('Trip to Lisbon');
        await expect(page.getByText('3 facts')).toBeVisible();
        await take(page, 'chat-empty');
        provider.say({ reasoning: 'They are vegetarian, so no bacalhau.' }, MARKDOWN);
        await view.ask('Where should we eat in Lisbon?', 'A tip is');
        await expect(view.answers.last()).toContainText('Stored');
        await take(page, 'chat-little');
        await view.transcript.evaluate((node) => (node.scrollTop = 0));
        await take(page, 'chat-little-top');
        await view.injected
          .getByRole('list', { name: 'Injected memories' })
          .getByRole('button')
          .first()
          .click();
        await view.part('Query and settings');
        await take(page, 'panel-memory');
        await view.part('Exact request');
        await expect(view.injected.getByRole('region', { name: 'Body of the request' })).toBeVisible();
        await view.injected.getByRole('region', { name: 'Body of the request' }).scrollIntoViewIfNeeded();
        await take(page, 'panel-request');
        await view.injected.getByRole('button', { name: 'Open large' }).click();
        await take(page, 'panel-request-large');
        await page.keyboard.press('Escape');
        await view.part('Stored');
        await view.part('Times');
        await view.injected.getByRole('button', { name: /^Times/ }).scrollIntoViewIfNeeded();
        await take(page, 'panel-times');
        await page.getByRole('button', { name: 'Memory of the next message' }).click();
        await take(page, 'menu-memory');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: /^Memory on, bank/ }).click();
        await take(page, 'menu-bank');
        await page.keyboard.press('Escape');
        await page
          .getByRole('button', { name: /^Model: / })
          .last()
          .click();
        await take(page, 'menu-model');
        await page.keyboard.press('Escape');
        await view.questions.last().hover();
        await view.questions.last().getByRole('button', { name: 'Edit', exact: true }).click();
        await take(page, 'chat-edit');
        await page.keyboard.press('Escape');
        const gate = new Gate();
        provider.say('Half of ', gate);
        await view.send('And for breakfast?');
        await expect(view.answers.last()).toContainText('Half of');
        await take(page, 'chat-streaming');
        await view.composer.press('Escape');
        await expect(view.answers.last()).toContainText('Stopped');
        await take(page, 'chat-stopped');
        memory.moods.set('recall', { status: 500, detail: 'the database is on fire' });
        memory.moods.set('retain', { status: 503, detail: 'at capacity' });
        provider.refuse(400, 'this model takes no more than 8,192 tokens');
        await view.send('And lunch?');
        await expect(view.answers.last().getByRole('button', { name: 'Retry' })).toBeVisible();
        await take(page, 'chat-failed');
        await view.ask('And dinner?');
        await take(page, 'chat-memory-failed');
        for (const [chord, name] of [
          ['Control+K', 'palette'],
          ['Control+Shift+F', 'search'],
          ['Control+/', 'keys'],
          ['Control+F', 'find'],
        ] as const) {
          await page.keyboard.press(chord);
          if (name === 'search') {
            await page.keyboard.type('vegetarian');
            await expect(page.getByRole('option').first()).toBeVisible();
          }
          await take(page, name);
          await page.keyboard.press('Escape');
        }
        await page.getByRole('button', { name: 'More about this chat' }).click();
        await take(page, 'menu-chat');
        await page.getByRole('menuitem', { name: 'Delete…' }).click();
        await take(page, 'delete-chat');
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+Shift+N');
        await expect(page.getByRole('note')).toBeVisible();
        await take(page, 'chat-temporary');
        await sections(page, 'little', take);
        await page
          .getByRole('navigation', { name: 'Sections' })
          .getByRole('button', { name: 'Models', exact: true })
          .click();
        await page.getByRole('button', { name: 'Edit Scripted' }).click();
        await page.getByRole('button', { name: 'Check', exact: true }).click();
        await expect(page.getByRole('group', { name: 'What the check found' })).toBeVisible();
        await take(page, 'settings-provider');
        await page
          .getByRole('navigation', { name: 'Sections' })
          .getByRole('button', { name: 'Memory', exact: true })
          .click();
        await page.getByRole('button', { name: 'Edit Scripted memory' }).click();
        await page.getByRole('button', { name: 'Check', exact: true }).click();
        await expect(page.getByRole('group', { name: 'What the check found' })).toBeVisible();
        await take(page, 'settings-server');
        await page.getByRole('button', { name: /^Settings of turns/ }).click();
        await page.getByRole('button', { name: /^Settings of turns/ }).scrollIntoViewIfNeeded();
        await take(page, 'settings-server-turns');
      });

      test('tools, several models and forms', async ({ page, app, view, provider, memory }) => {
        await little(app, provider, memory);
        const chat = await app.chat('Dinner');
        await app.call('chat.update', {
          chatId: chat,
          settings: { memory_tools: true, ask_before_storing: true },
        });
        await view.at(chat);
        provider.say('Let me look. ', {
          call: { id: 'call_1', name: 'recall_memory', arguments: { query: 'What does Ana eat?' } },
        });
        provider.say('Since Ana is vegetarian: ', MARKDOWN);
        await view.ask('Where should we eat?', 'A tip is');
        await view.answers
          .last()
          .getByRole('button', { name: /Looked in memory/ })
          .click();
        await view.transcript.evaluate((node) => (node.scrollTop = 0));
        await take(page, 'tools');
        provider.say('I will keep that. ', {
          call: { id: 'call_2', name: 'retain_memory', arguments: { content: 'Ana moved to Porto in May.' } },
        });
        provider.say('Noted.');
        await view.send('Ana moved to Porto.');
        await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible();
        await take(page, 'tools-asking');
        await page.getByRole('button', { name: 'Allow' }).click();
        await expect(view.answers.last()).toContainText('Noted.');
        await take(page, 'tools-stored');
        await page.getByRole('button', { name: 'Memory of the next message' }).click();
        await take(page, 'menu-memory-tools');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Add a model' }).click();
        await take(page, 'menu-more-models');
        await page.getByRole('option', { name: /scripted-2/ }).click();
        provider.sayAs('scripted-1', MARKDOWN);
        provider.sayAs('scripted-2', 'I would cook at home.');
        await view.send('And tomorrow?');
        await expect(page.getByRole('region', { name: 'Answer of scripted-1' })).toContainText('A tip is');
        await expect(page.getByRole('button', { name: 'Continue with this one' })).toBeEnabled();
        await take(page, 'two-models');
        await page.getByRole('button', { name: 'Settings', exact: true }).click();
        for (const name of ['Amazon Bedrock', 'Azure OpenAI', 'Google Vertex AI', 'OpenRouter', 'Ollama']) {
          await page.getByRole('combobox', { name: 'Find a provider' }).fill(name);
          await page
            .getByRole('option', { name: new RegExp(`^${name}`) })
            .first()
            .click();
          await take(page, `form-${name.toLowerCase().replaceAll(' ', '-')}`);
          await page.getByRole('button', { name: 'Back' }).click();
        }
        await page.getByRole('button', { name: 'Look on this computer' }).click();
        await expect(page.getByRole('button', { name: /did not answer$/ })).toBeVisible();
        await page.getByRole('button', { name: /did not answer$/ }).scrollIntoViewIfNeeded();
        await take(page, 'local-servers');
      });

      test('far too much', async ({ page, app, view, provider, memory }) => {
        memory.knows(...MANY);
        for (let at = 0; at < 60; at += 1)
          await app.chat(`Chat ${at} about ${'a rather long matter '.repeat(at % 5)}`);
        const id = await app.chat(
          'A chat with a title that is far too long for the place that it has, and goes on',
        );
        seedLongChat(app.home, id, 2_000);
        await view.at(id);
        provider.say(`${MARKDOWN}\n\n`.repeat(12));
        await view.send(`${'Tell me everything about eating in Lisbon. '.repeat(90)}`);
        await expect(view.answers.last()).toContainText('Stored');
        await take(page, 'chat-much');
        await view.injected.getByRole('button', { name: /^Exact request/ }).click();
        await expect(view.injected.getByRole('region', { name: 'Body of the request' })).toBeVisible();
        await take(page, 'panel-much');
        await page.keyboard.press('Control+K');
        await page.keyboard.type('chat');
        await take(page, 'palette-much');
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+Shift+F');
        await page.keyboard.type('lisbon');
        await expect(page.getByRole('option').first()).toBeVisible();
        await take(page, 'search-much');
        await page.keyboard.press('Escape');
        await page.setViewportSize({ width: 900, height: 600 });
        await take(page, 'small-chat');
      });
    });
  }
}

async function little(app: App, provider: ScriptedProvider, memory: ScriptedMemory): Promise<void> {
  memory.knows(
    'Ana is vegetarian.',
    'Ana went to Lisbon in May with two friends.',
    'Ana likes small, quiet places.',
  );
  for (const title of ['Tax form', 'A haiku about rain', 'Rust lifetimes']) {
    await app.send(await app.chat(title), title);
  }
  await provider.until(() => provider.asked.length === 3);
}

async function sections(
  page: Page,
  name: string,
  take: (page: Page, name: string) => Promise<unknown>,
): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  for (const section of ['Models', 'Memory', 'Profiles', 'Appearance', 'Keys', 'Data', 'About']) {
    await page
      .getByRole('navigation', { name: 'Sections' })
      .getByRole('button', { name: section, exact: true })
      .click();
    await expect(page.getByRole('heading', { level: 1, name: section })).toBeVisible();
    await take(page, `settings-${section.toLowerCase()}-${name}`);
  }
}
