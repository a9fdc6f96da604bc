// The chat in the centre of the page and the pane beside it, by the roles and names that people with a screen reader
// meet. What is right and wrong is the specs' business.
import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import type { App } from './app';

export class ChatView {
  readonly page: Page;
  readonly #app: App;
  readonly #open: () => Promise<void>;

  readonly composer: Locator;
  readonly sendButton: Locator;
  readonly stopButton: Locator;
  /** The scrolling transcript. */
  readonly transcript: Locator;
  readonly questions: Locator;
  readonly answers: Locator;
  /** The right pane. */
  readonly injected: Locator;

  constructor(page: Page, app: App, open: () => Promise<void>) {
    this.page = page;
    this.#app = app;
    this.#open = open;
    this.composer = page.getByRole('textbox', { name: 'Message', exact: true });
    this.sendButton = page.getByRole('button', { name: 'Send', exact: true });
    this.stopButton = page.getByRole('button', { name: 'Stop', exact: true });
    this.transcript = page.getByRole('log', { name: 'Messages' });
    this.questions = this.transcript.getByRole('article', { name: /^You/ });
    this.answers = this.transcript.getByRole('article', { name: /^Answer/ });
    this.injected = page.getByRole('complementary', { name: 'Injected memories' });
  }

  /** Makes a chat, opens the page at it, and answers the chat's id. */
  async begin(title = 'A chat'): Promise<string> {
    const id = await this.#app.chat(title);
    await this.at(id);
    return id;
  }

  /** Opens the page at a chat. */
  async at(chatId: string): Promise<void> {
    await this.#app.prefer({ lastChat: chatId });
    await this.#open();
    await expect(this.composer).toBeVisible();
  }

  /** Types and sends, as a person does, without waiting for the answer. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** Sends and waits until the answer shows `reply` and is over. */
  async ask(text: string, reply: string | RegExp = `You said: ${text}`): Promise<void> {
    await this.send(text);
    await expect(this.answers.last()).toContainText(reply);
    await expect(this.sendButton).toBeVisible();
  }

  /** A part of the right pane, opened. */
  async part(name: string): Promise<Locator> {
    const button = this.injected.getByRole('button', { name: new RegExp(`^${name}`) });
    if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
    return this.injected;
  }
}
