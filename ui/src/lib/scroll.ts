// When the transcript follows its end and when it stays where it is. Pure: events in, a state out; the view
// measures and moves. It follows only while it is at the end and nothing is selected; anything the person
// does to look up lets go.

/** Where the transcript stands. */
export interface Scroll {
  /** Whether it is to follow its end. */
  stuck: boolean;
  /** Whether text in it is selected; nothing moves then. */
  selecting: boolean;
  /** Whether the end is out of sight by more than a few lines. */
  away: boolean;
  /** Messages that came below while it did not follow. */
  unread: number;
  /** Distance from the top at the last scroll, to tell up from down. */
  top: number;
}

/** What can happen to it. Distances are in CSS pixels. */
export type ScrollEvent =
  /** The person looked up: wheel, key, touch, the bar, or a move to an earlier message. */
  | { kind: 'up'; scrollable: boolean }
  /** It stands somewhere else now, whoever moved it. */
  | { kind: 'scrolled'; top: number; toEnd: number }
  /** It grew or shrank, or the window did. */
  | { kind: 'resized'; toEnd: number }
  | { kind: 'selection'; inside: boolean }
  /** Messages came at the end. */
  | { kind: 'arrived'; count: number }
  /** The person asked for the end, or sent a message. */
  | { kind: 'jump' };

/** This near to the end counts as being there; fractions of pixels from zoom stay below it. */
export const AT_END = 4;
/** Further than this the way back is offered: about four lines. */
export const FAR = 96;

/** At the end, as a chat opens. */
export const AT_REST: Scroll = { stuck: true, selecting: false, away: false, unread: 0, top: 0 };

/** The state after an event. */
export function scroll(state: Scroll, event: ScrollEvent): Scroll {
  switch (event.kind) {
    case 'up':
      // With nothing to scroll there is nothing to look up to, and what comes next is to be followed.
      return event.scrollable ? { ...state, stuck: false } : state;
    case 'scrolled': {
      // Standing still is no way down: a late notice of our own move must not undo a look up.
      const down = event.top > state.top;
      const atEnd = event.toEnd <= AT_END;
      const stuck = state.stuck || (down && atEnd);
      return { ...state, top: event.top, ...place(stuck, event.toEnd, atEnd ? 0 : state.unread) };
    }
    case 'resized':
      return { ...state, ...place(state.stuck, event.toEnd, state.unread) };
    case 'selection':
      return event.inside
        ? { ...state, selecting: true, stuck: false }
        : state.selecting
          ? { ...state, selecting: false }
          : state;
    case 'arrived':
      return state.stuck ? state : { ...state, unread: state.unread + event.count };
    case 'jump':
      return { ...state, stuck: true, selecting: false, away: false, unread: 0 };
  }
}

function place(stuck: boolean, toEnd: number, unread: number): Pick<Scroll, 'stuck' | 'away' | 'unread'> {
  return { stuck, away: !stuck && toEnd > FAR, unread: stuck ? 0 : unread };
}

/** Whether the view is to move to the end now. */
export function follows(state: Scroll): boolean {
  return state.stuck && !state.selecting;
}

/** The words of the way back. */
export function jumpLabel(state: Scroll): string {
  if (state.unread === 0) return 'Jump to latest';
  return `Jump to latest, ${state.unread} new`;
}

const UP_KEYS = new Set(['ArrowUp', 'PageUp', 'Home']);

/** Whether a key in the transcript scrolls up. */
export function looksUp(event: Pick<KeyboardEvent, 'key' | 'shiftKey'>): boolean {
  return UP_KEYS.has(event.key) || (event.key === ' ' && event.shiftKey);
}
