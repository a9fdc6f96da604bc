// Which actions can be done right now, and the one key listener. Views register handlers while they are
// mounted; the palette lists what is registered; the list of actions itself is lib/keys.ts.
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { chordsOf, matches, matching, types } from '$lib/keys';
import type { ActionId } from '$lib/keys';
import { preferences } from './preferences.svelte';

type Handler = () => unknown;

const handlers = new SvelteMap<ActionId, Handler[]>();

/** Registers what an action does while the calling component is mounted; the last one to come wins. */
export function useAction(id: ActionId, handler: Handler) {
  $effect(() => {
    // Not tracked: an effect that reads what it writes would run for ever.
    untrack(() => handlers.set(id, [...(handlers.get(id) ?? []), handler]));
    return () => {
      const rest = (handlers.get(id) ?? []).filter((other) => other !== handler);
      if (rest.length) handlers.set(id, rest);
      else handlers.delete(id);
    };
  });
}

/** Whether somebody does this action at the moment. */
export function available(id: ActionId): boolean {
  return handlers.has(id);
}

/** Does an action. Answers false when nobody does it now. */
export function act(id: ActionId): boolean {
  const handler = handlers.get(id)?.at(-1);
  if (!handler) return false;
  void handler();
  return true;
}

/** The window's key listener. Leaves alone what somebody else has taken, and typing in fields. */
export function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented) return;
  const own = preferences.now.keys;
  const id = matching(event, own).find(available);
  if (!id) return;
  if (inField(event.target) && chordsOf(id, own).some((chord) => types(chord) && matches(event, chord)))
    return;
  if (act(id)) event.preventDefault();
}

function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
