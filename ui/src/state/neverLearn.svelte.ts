// "Never learn things like this": drafts a line of the bank's retain mission, or a directive, from a memory. Nothing is
// saved from here; the view that asked opens the place where the draft is reviewed.
import { draftLine, withLine } from '$lib/injected/neverLearn';
import { openBank } from './bank.svelte';
import { read } from './commands.svelte';
import { missionForm, sentTo } from './missions.svelte';

/** A directive that was drafted elsewhere, until the form of its bank takes it. */
class Drafted {
  #now: { serverId: string; bankId: string; name: string; content: string } | null = $state.raw(null);

  put(serverId: string, bankId: string, name: string, content: string) {
    this.#now = { serverId, bankId, name, content };
  }

  /** Takes the draft for a bank, once; null when there is none. */
  take(serverId: string, bankId: string): { name: string; content: string } | null {
    const now = this.#now;
    if (now === null || now.serverId !== serverId || now.bankId !== bankId) return null;
    this.#now = null;
    return { name: now.name, content: now.content };
  }
}

export const draftedDirective = new Drafted();

/**
 * Adds a line to the draft of the bank's retain mission and opens it. What the bank inherits is kept as its beginning.
 * Rejects with a `Failure` when the bank's settings cannot be read.
 */
export async function draftMission(serverId: string, bankId: string, text: string): Promise<void> {
  const view = await read('bankConfig.read', { serverId, bankId });
  const form = missionForm(serverId, bankId);
  form.take(view);
  const now = form.draft.retain_mission ?? form.inherited.retain_mission;
  form.set('retain_mission', withLine(typeof now === 'string' ? now : '', draftLine(text)));
  sentTo.key = 'retain_mission';
  openBank.show({ serverId, bankId }, 'missions');
}

/** Opens a new directive of the bank with a draft. */
export function draftDirective(serverId: string, bankId: string, text: string): void {
  draftedDirective.put(serverId, bankId, 'Not to be brought up', draftLine(text, 'directive'));
  openBank.show({ serverId, bankId }, 'directives');
}
