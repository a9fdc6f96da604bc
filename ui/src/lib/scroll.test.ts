// The rules of following: the reader's place is never taken away.
import { describe, expect, it } from 'vitest';
import { AT_REST, follows, jumpLabel, looksUp, scroll } from './scroll';
import type { Scroll, ScrollEvent } from './scroll';

const after = (...events: ScrollEvent[]): Scroll => events.reduce(scroll, AT_REST);
const up: ScrollEvent = { kind: 'up', scrollable: true };
const scrolled = (top: number, toEnd: number): ScrollEvent => ({ kind: 'scrolled', top, toEnd });

describe('following the end', () => {
  it('begins at the end', () => expect(follows(AT_REST)).toBe(true));
  it('lets go when the person looks up', () => expect(follows(after(up))).toBe(false));
  it('goes on when there is nothing to scroll', () => {
    expect(follows(after({ kind: 'up', scrollable: false }))).toBe(true);
  });
  it('goes on while the text grows under it', () => {
    expect(follows(after(scrolled(100, 0), { kind: 'resized', toEnd: 40 }))).toBe(true);
  });
  it('goes on when the list itself corrects its place', () => {
    expect(follows(after(scrolled(500, 0), scrolled(480, 20)))).toBe(true);
  });
  it('takes hold again when the person comes back down to the end', () => {
    expect(follows(after(scrolled(500, 0), up, scrolled(300, 200), scrolled(500, 0)))).toBe(true);
  });
  it('stays loose when a small step up ends within reach of the end', () => {
    expect(follows(after(scrolled(500, 0), up, scrolled(497, 3)))).toBe(false);
  });
  it('stays loose when the notice of its own move comes after the look up', () => {
    expect(follows(after(scrolled(500, 0), up, scrolled(500, 0)))).toBe(false);
  });
  it('stays loose on the way down before the end', () => {
    expect(follows(after(up, scrolled(100, 400), scrolled(300, 200)))).toBe(false);
  });
});

describe('selected text', () => {
  it('stops everything while it lasts', () => {
    expect(follows(after({ kind: 'selection', inside: true }))).toBe(false);
  });
  it('holds even at the end', () => {
    expect(follows(after({ kind: 'selection', inside: true }, scrolled(500, 0)))).toBe(false);
  });
  it('does not take hold again by itself when it ends', () => {
    const ended = after({ kind: 'selection', inside: true }, { kind: 'selection', inside: false });
    expect(follows(ended)).toBe(false);
  });
  it('elsewhere on the page changes nothing', () => {
    expect(scroll(AT_REST, { kind: 'selection', inside: false })).toBe(AT_REST);
  });
});

describe('the way back', () => {
  it('is offered when the end is far', () => expect(after(up, scrolled(100, 400)).away).toBe(true));
  it('is not offered within a few lines', () => expect(after(up, scrolled(400, 50)).away).toBe(false));
  it('is offered when growth pushes the end away', () => {
    expect(after(up, { kind: 'resized', toEnd: 300 }).away).toBe(true);
  });
  it('counts messages that came meanwhile', () => {
    const state = after(up, { kind: 'arrived', count: 2 }, { kind: 'arrived', count: 1 });
    expect(jumpLabel(state)).toBe('Jump to latest, 3 new');
  });
  it('counts nothing while it follows', () => expect(after({ kind: 'arrived', count: 2 }).unread).toBe(0));
  it('forgets the count at the end', () => {
    expect(after(up, { kind: 'arrived', count: 2 }, scrolled(500, 0)).unread).toBe(0);
  });
  it('takes hold again', () => {
    const state = after(up, scrolled(100, 400), { kind: 'arrived', count: 2 }, { kind: 'jump' });
    expect([follows(state), state.unread, state.away]).toEqual([true, 0, false]);
  });
});

it('keys that scroll up look up, others do not', () => {
  const keys = ['ArrowUp', 'PageUp', 'Home', 'ArrowDown', 'End', 'a'];
  expect(keys.map((key) => looksUp({ key, shiftKey: false }))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(looksUp({ key: ' ', shiftKey: true })).toBe(true);
  expect(looksUp({ key: ' ', shiftKey: false })).toBe(false);
});
