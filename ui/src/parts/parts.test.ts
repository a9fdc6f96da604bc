import { flushSync, mount, unmount } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { asked } from '../host/fake';
import ErrorNote from './ErrorNote.svelte';
import NumberInput from './NumberInput.svelte';
import PickList from './PickList.svelte';
import Prose from './Prose.svelte';
import SecretArea from './SecretArea.svelte';
import SecretInput from './SecretInput.svelte';
import Splitter from './Splitter.svelte';
import TagsInput from './TagsInput.svelte';
import TextInput from './TextInput.svelte';

const mounted: ReturnType<typeof mount>[] = [];
// Typed loosely: each component checks its own props where it is used.
function show(component: unknown, props: Record<string, unknown>): HTMLElement {
  mounted.push(mount(component as typeof TextInput, { target: document.body, props }));
  flushSync();
  return document.body;
}
afterEach(() => {
  for (const each of mounted.splice(0)) void unmount(each);
});

function query<E extends Element>(selector: string): E {
  const found = document.body.querySelector<E>(selector);
  if (!found) throw new Error(`no ${selector}`);
  return found;
}

function press(node: Element, key: string, held: KeyboardEventInit = {}) {
  node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...held }));
  flushSync();
}

function type(node: HTMLInputElement, text: string) {
  node.value = text;
  node.dispatchEvent(new InputEvent('input', { bubbles: true }));
  flushSync();
}

describe('text fields', () => {
  it('hear Enter, but not the Enter of an input method', () => {
    const onenter = vi.fn();
    show(TextInput, { label: 'Name', onenter });
    const input = query('input');
    press(input, 'Enter', { isComposing: true });
    press(input, 'Enter', { keyCode: 229 });
    expect(onenter).not.toHaveBeenCalled();
    press(input, 'Enter');
    expect(onenter).toHaveBeenCalledOnce();
  });

  it('mask a key, trim it, and keep it out of form filling', () => {
    let value = '';
    show(SecretInput, { label: 'Key', get value() { return value; }, set value(next) { value = next; } }); // prettier-ignore
    const input = query<HTMLInputElement>('input');
    expect([input.type, input.autocomplete, input.name]).toEqual(['password', 'off', '']);
    type(input, '  sk-1 \n');
    expect(value).toBe('sk-1');
  });

  it('show a secret only while its eye is held, by pointer or by key', () => {
    const point = (kind: string) => {
      query('.eye button').dispatchEvent(new Event(kind, { bubbles: true }));
      flushSync();
    };
    show(SecretInput, { label: 'Key', value: 'sk-1' });
    const input = query<HTMLInputElement>('input');
    for (const [begin, end] of [
      [() => point('pointerdown'), 'pointerup'],
      [() => point('pointerdown'), 'pointerleave'],
      [() => press(query('.eye button'), ' '), 'keyup'],
      [() => press(query('.eye button'), 'Enter'), 'blur'],
    ] as const) {
      begin();
      expect([input.type, end]).toEqual(['text', end]);
      point(end);
      expect([input.type, end]).toEqual(['password', end]);
    }
  });

  it('mask a secret of several lines until its eye is held', () => {
    show(SecretArea, { label: 'Account', value: '{"a":1}' });
    const area = query('textarea');
    expect(area.classList.contains('masked')).toBe(true);
    press(query('.eye button'), ' ');
    expect(area.classList.contains('masked')).toBe(false);
  });

  it('keep a number only when it is one within bounds', () => {
    let value: number | null = 5;
    show(NumberInput, { label: 'n', max: 10, get value() { return value; }, set value(next) { value = next; } }); // prettier-ignore
    const input = query<HTMLInputElement>('input');
    for (const [text, kept, bad] of [
      ['7', 7, null],
      ['70', 7, 'true'],
      ['x', 7, 'true'],
      ['1.5', 7, 'true'],
      ['', null, null],
    ] as const) {
      type(input, text);
      expect([text, value, input.getAttribute('aria-invalid')]).toEqual([text, kept, bad]);
    }
  });

  it('collect words, each once', () => {
    let value = ['a'];
    show(TagsInput, { label: 'Tags', get value() { return value; }, set value(next) { value = next; } }); // prettier-ignore
    const input = query<HTMLInputElement>('input');
    type(input, 'b, a');
    press(input, 'Enter');
    expect(value).toEqual(['a', 'b']);
    press(input, 'Backspace');
    expect(value).toEqual(['a']);
  });
});

describe('a list to pick from', () => {
  const options = [
    { value: 'a', label: 'Apple' },
    { value: 'b', label: 'Banana', disabled: true },
    { value: 'c', label: 'Cherry' },
  ];
  const active = () => query('[aria-selected="true"]').textContent?.trim();

  it('is moved through and taken by keys, without leaving the box', () => {
    const onpick = vi.fn();
    show(PickList, { options, label: 'Fruit', onpick });
    const box = query<HTMLInputElement>('[role=combobox]');
    expect(document.activeElement).toBe(box);
    press(box, 'ArrowDown');
    press(box, 'Enter');
    expect(onpick).not.toHaveBeenCalled();
    press(box, 'ArrowDown');
    expect(active()).toBe('Cherry');
    press(box, 'ArrowDown');
    expect(active()).toBe('Apple');
    press(box, 'Enter');
    expect(onpick).toHaveBeenCalledExactlyOnceWith('a');
  });

  it('takes nothing while an input method composes', () => {
    const onpick = vi.fn();
    show(PickList, { options, label: 'Fruit', onpick });
    press(query('[role=combobox]'), 'Enter', { keyCode: 229 });
    expect(onpick).not.toHaveBeenCalled();
  });

  it('offers what was typed when that is allowed', () => {
    const onpick = vi.fn();
    show(PickList, { options, label: 'Fruit', onpick, custom: (typed: string) => `Add ${typed}` });
    const box = query<HTMLInputElement>('[role=combobox]');
    type(box, 'kiwi');
    expect(active()).toBe('Add kiwi');
    press(box, 'Enter');
    expect(onpick).toHaveBeenCalledExactlyOnceWith('kiwi');
  });
});

describe('the border between panes', () => {
  it('moves by keys within its limits', () => {
    const onresize = vi.fn();
    const still = { onreset: vi.fn(), onclose: vi.fn() };
    show(Splitter, {
      label: 'Width',
      value: 300,
      min: 200,
      max: 310,
      side: 'right',
      controls: 'x',
      onresize,
      ...still,
    });
    const border = query('[role=separator]');
    press(border, 'ArrowLeft');
    press(border, 'ArrowRight');
    press(border, 'ArrowLeft', { shiftKey: true });
    press(border, 'Home');
    expect(onresize.mock.calls.flat()).toEqual([308, 292, 310, 200]);
  });
});

describe('hostile words', () => {
  it('of a provider stay words in an error', () => {
    const source = { name: 'Evil', status: 500, message: '<img src=x onerror=alert(1)>' };
    show(ErrorNote, { error: { code: 'internal', message: '<b>no</b>', retryable: false, source } });
    query<HTMLElement>('[aria-expanded]').click();
    flushSync();
    expect(document.body.querySelector('img, b')).toBeNull();
    expect(document.body.textContent).toContain('<img src=x');
  });

  it('are plain text until the worker has answered', () => {
    show(Prose, { text: '<script>alert(1)</script> **bold**' });
    expect(document.body.querySelector('script, strong')).toBeNull();
    expect(document.body.textContent).toContain('<script>alert(1)</script> **bold**');
    expect(asked.filter(({ name }) => name === 'app.openUrl')).toEqual([]);
  });
});
