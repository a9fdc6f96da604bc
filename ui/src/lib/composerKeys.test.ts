// Keys in the composer. The worst mistake is to send while an input method composes.
import { describe, expect, it } from 'vitest';
import { composerAct } from './composerKeys';
import type { ComposerNow } from './composerKeys';

const idle: ComposerNow = { empty: false, running: false, sendKey: 'enter' };
const act = (press: Partial<KeyboardEvent> & { key: string }, now: Partial<ComposerNow> = {}) =>
  composerAct(
    {
      shiftKey: false,
      altKey: false,
      ctrlKey: false,
      metaKey: false,
      isComposing: false,
      keyCode: 0,
      ...press,
    },
    { ...idle, ...now },
  );

describe('Enter', () => {
  it('sends', () => expect(act({ key: 'Enter' })).toBe('send'));
  it('with Shift is a new line', () => expect(act({ key: 'Enter', shiftKey: true })).toBeNull());
  it('while composing does nothing', () => expect(act({ key: 'Enter', isComposing: true })).toBeNull());
  it('that confirms a composition in WebKit does nothing', () => {
    expect(act({ key: 'Enter', isComposing: false, keyCode: 229 })).toBeNull();
  });
  it('keeps the text while an answer runs', () =>
    expect(act({ key: 'Enter' }, { running: true })).toBe('hold'));
  it('is a new line when Ctrl+Enter sends', () => {
    expect(act({ key: 'Enter' }, { sendKey: 'mod_enter' })).toBeNull();
  });
  it('with Ctrl or Command sends either way', () => {
    expect(act({ key: 'Enter', ctrlKey: true }, { sendKey: 'mod_enter' })).toBe('send');
    expect(act({ key: 'Enter', metaKey: true })).toBe('send');
  });
});

describe('at a breakpoint', () => {
  const paused = { running: true, paused: true };
  it('Ctrl+Enter goes on, and Enter keeps what is typed', () => {
    expect(act({ key: 'Enter', ctrlKey: true }, paused)).toBe('go-on');
    expect(act({ key: 'Enter' }, paused)).toBe('hold');
    expect(act({ key: 'Escape' }, paused)).toBe('stop');
  });
});

describe('Escape', () => {
  it('stops a running answer', () => expect(act({ key: 'Escape' }, { running: true })).toBe('stop'));
  it('does nothing otherwise', () => expect(act({ key: 'Escape' })).toBeNull());
  it('that ends a composition does not stop', () => {
    expect(act({ key: 'Escape', keyCode: 229 }, { running: true })).toBeNull();
  });
});

describe('in an empty composer', () => {
  it('arrow up edits the last message', () =>
    expect(act({ key: 'ArrowUp' }, { empty: true })).toBe('edit-last'));
  it('the at sign picks a model', () => {
    expect(act({ key: '@', shiftKey: true }, { empty: true })).toBe('pick-model');
    expect(act({ key: '@', altKey: true }, { empty: true })).toBe('pick-model'); // AltGr on many keyboards
  });
});

it('with text arrow up moves the cursor and the at sign is typed', () => {
  expect(act({ key: 'ArrowUp' })).toBeNull();
  expect(act({ key: '@', shiftKey: true })).toBeNull();
});
