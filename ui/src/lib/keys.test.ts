import { describe, expect, it } from 'vitest';
import { ACTIONS, canonical, caps, chordsOf, conflicts, matches, matching, record, types } from './keys';

const press = (key: string, held: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, ...held });

describe('keys', () => {
  it('has no clash among the defaults', () => {
    expect(conflicts({})).toEqual([]);
  });

  it('names every action once', () => {
    expect(new Set(ACTIONS.map((action) => action.id)).size).toBe(ACTIONS.length);
  });

  it('finds the action of a key press', () => {
    expect(matching(press('k', { ctrlKey: true }), {})).toEqual(['palette.open']);
    expect(matching(press('F', { ctrlKey: true, shiftKey: true }), {})).toEqual(['search.open']);
    expect(matching(press('k'), {})).toEqual([]);
  });

  it('takes no key from an input method', () => {
    expect(matching(press('F1', { isComposing: true }), {})).toEqual([]);
    expect(matching(press('F1', { keyCode: 229 }), {})).toEqual([]);
  });

  it("prefers the person's own chord, and an empty one means none", () => {
    expect(chordsOf('palette.open', { 'palette.open': '$mod+p' })).toEqual(['$mod+p']);
    expect(chordsOf('palette.open', { 'palette.open': '' })).toEqual([]);
    expect(matching(press('k', { ctrlKey: true }), { 'palette.open': '' })).toEqual([]);
  });

  it('flags a chord that two actions have, however it is written', () => {
    const own = { 'chat.rename': 'Control+K' };
    expect(conflicts(own)).toEqual([{ chord: 'Control+k', actions: ['chat.rename', 'palette.open'] }]);
  });

  it('records the chord that was pressed, in a form that matches it again', () => {
    expect(record(press('Control', { ctrlKey: true }))).toBeNull();
    for (const event of [
      press('K', { ctrlKey: true, shiftKey: true }),
      press('F9'),
      press('+', { ctrlKey: true, shiftKey: true }),
      press('ArrowUp', { altKey: true }),
    ]) {
      const chord = record(event);
      expect(chord && matches(event, chord)).toBe(true);
    }
  });

  it('knows chords that would type a character', () => {
    expect([types('j'), types('Shift+j'), types('$mod+j'), types('F6')]).toEqual([true, true, false, false]);
  });

  it('prints caps as they are on the keyboard', () => {
    expect(caps('$mod+Shift+m')).toEqual(['Ctrl', 'Shift', 'M']);
    expect(caps('$mod+Shift++')).toEqual(['Ctrl', 'Shift', '+']);
    expect(canonical('$mod+Shift++')).toBe('Control+Shift++');
  });
});
