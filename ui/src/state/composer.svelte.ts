// What is being written in each chat: text, images, files, more models, and what is different for this one message. It outlives the
// view, so that changing chats loses nothing; the text is also kept by the backend as the chat's draft.
import type { NewFile } from '$gen/NewFile';
import type { NewImage } from '$gen/NewImage';
import { asError, host } from '$host';
import { readFile, sift } from '$lib/files';
import { readImage } from '$lib/images';
import { NO_OVERRIDES, overrides } from '$lib/overrides';
import type { Overrides } from '$lib/overrides';
import type { OpenChat } from './chat.svelte';

const SAVE_AFTER_MS = 400;

/** An image that goes with the message. */
export interface Attached {
  key: number;
  image: NewImage;
  bytes: number;
}

/** A file that goes with the message. */
export interface AttachedFile {
  key: number;
  file: NewFile;
  bytes: number;
}

/** Most models that answer one message: more columns than this are not read any more. */
export const MAX_MODELS = 4;

let nextKey = 0;

/** The composer of a chat. */
export class Composer {
  text = $state('');
  images: Attached[] = $state.raw([]);
  files: AttachedFile[] = $state.raw([]);
  /** Models that answer beside the chat's own, as `provider/model`. They stay until one answer is gone on with. */
  also: string[] = $state.raw([]);
  over: Overrides = $state.raw(NO_OVERRIDES);
  /** Sentences about what was not taken, or why nothing was sent. */
  notices: string[] = $state.raw([]);
  sending = $state(false);
  /** Whether the memory menu is open, and for what. */
  memoryMenu: 'message' | 'chat' | null = $state(null);

  #saved: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly chatId: string) {}

  get empty(): boolean {
    return this.text === '';
  }

  /** Whether there is something to send. */
  get ready(): boolean {
    const something = this.text.trim() !== '' || this.images.length > 0 || this.files.length > 0;
    return something && !this.sending;
  }

  /** Takes the kept draft, once, unless something was typed meanwhile. */
  restore(draft: string) {
    if (this.#saved !== null) return;
    this.#saved = draft;
    if (this.text === '') this.text = draft;
    else this.#saveSoon();
  }

  /** Sets the text and keeps it as a draft soon. */
  write(text: string) {
    this.text = text;
    this.#saveSoon();
  }

  #saveSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.saveDraft(), SAVE_AFTER_MS);
  }

  /** Keeps the draft now. */
  async saveDraft() {
    clearTimeout(this.#timer);
    const text = this.text;
    if (this.#saved === null || this.#saved === text) return;
    this.#saved = text;
    try {
      await host.call('chat.saveDraft', { chatId: this.chatId, text });
    } catch (thrown) {
      this.#saved = ''; // so that the next change is kept
      this.notices = [`The draft was not kept: ${asError(thrown).message}`];
    }
  }

  /** Takes images and files; says what it does not take. */
  async attach(came: readonly File[]) {
    const have = { images: this.images.length, files: this.files.length };
    const { images, files, refused } = sift(came, have);
    this.notices = refused;
    for (const file of images) {
      await this.#read(file, async (key) => {
        const one = { key, image: await readImage(file), bytes: file.size };
        this.images = [...this.images, one];
      });
    }
    for (const file of files) {
      await this.#read(file, async (key) => {
        const one = { key, file: await readFile(file), bytes: file.size };
        this.files = [...this.files, one];
      });
    }
  }

  async #read(file: File, take: (key: number) => Promise<void>) {
    try {
      nextKey += 1;
      await take(nextKey);
    } catch {
      this.notices = [...this.notices, `${file.name || 'A file'} could not be read.`];
    }
  }

  /** Leaves out an image or a file. */
  remove(key: number) {
    this.images = this.images.filter((one) => one.key !== key);
    this.files = this.files.filter((one) => one.key !== key);
  }

  /** Lets one more model answer; `own` is the chat's, which answers anyway. */
  addModel(model: string, own: string) {
    if (model === own || this.also.includes(model) || this.also.length + 1 >= MAX_MODELS) return;
    this.also = [...this.also, model];
  }

  removeModel(model: string) {
    this.also = this.also.filter((one) => one !== model);
  }

  get overridden(): boolean {
    return overrides(this.over);
  }

  /** Sends what was written. What is different for the message applies to this one send. */
  async send(chat: OpenChat): Promise<boolean> {
    if (!this.ready) return false;
    this.sending = true;
    this.notices = [];
    const { text, images, files, over } = this;
    try {
      const sent = await chat.send({
        text,
        images: images.map((one) => one.image),
        files: files.map((one) => one.file),
        // Somebody may have made one of them the chat's own model meanwhile.
        also: this.also.filter((model) => model !== chat.chat?.model),
        bankId: over.bankId,
        settings: over.settings,
      });
      if (!sent) return false; // the chat says why; nothing typed is lost
      if (this.text === text) this.text = '';
      this.images = this.images.filter((one) => !images.includes(one));
      this.files = this.files.filter((one) => !files.includes(one));
      this.over = NO_OVERRIDES;
      void this.saveDraft();
      return true;
    } finally {
      this.sending = false;
    }
  }
}

const composers = new Map<string, Composer>();

/** The composer of a chat; the same one every time. */
export function composerOf(chatId: string): Composer {
  let composer = composers.get(chatId);
  if (!composer) composers.set(chatId, (composer = new Composer(chatId)));
  return composer;
}

/** Forgets what was being written in a chat that is gone. */
export function forgetComposer(chatId: string) {
  composers.delete(chatId);
}
