// The detail pane as people meet it: what it shows, that hostile text stays text, that editing keeps drafts and sends
// only what changed, that an observation is not edited.
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { answering, asked } from '../../host/fake';
import { forgetDrafts } from '$state/memoryEdit.svelte';
import { stale } from '$state/commands.svelte';
import { selected } from '$state/selected.svelte';
import MemoryPane from './MemoryPane.svelte';

let shown: Record<string, unknown> | null = null;
let restore = () => {};

async function show(id: string): Promise<HTMLElement> {
  selected.show({ serverId: 's', bankId: 'ana', id });
  shown = mount(MemoryPane, { target: document.body });
  await vi.waitFor(() => {
    flushSync();
    expect(document.querySelector('.body')).not.toBeNull();
  });
  return document.body;
}

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = null;
  restore();
  restore = () => {};
  selected.clear();
  selected.walk = null;
  forgetDrafts();
  stale(['memories', 'runs']);
  asked.length = 0;
  document.body.innerHTML = '';
});

const button = (body: HTMLElement, name: string) =>
  [...body.querySelectorAll('button')].find(
    (one) => one.textContent?.trim() === name || one.ariaLabel === name,
  );

function press(body: HTMLElement, name: string) {
  const found = button(body, name);
  if (!found) throw new Error(`no button ${name}`);
  found.click();
  flushSync();
}

const key = (body: HTMLElement, name: string, more: KeyboardEventInit = {}) => {
  const at = body.querySelector('textarea') ?? body.querySelector('.pane');
  at?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...more }));
  flushSync();
};

function type(body: HTMLElement, text: string) {
  const area = body.querySelector('textarea');
  if (!area) throw new Error('no text field');
  area.value = text;
  area.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

const sent = (name: string) => asked.filter((one) => one.name === name).map((one) => one.request);

it('shows the fact with its clocks by name and the sentence it was made of', async () => {
  const body = await show('f');
  expect(body.querySelector('.body')?.textContent).toContain('Ana moved from Lisbon to Porto');
  const names = [...body.querySelectorAll('dt')].map((node) => node.textContent);
  expect(names).toEqual(
    expect.arrayContaining(['happened', 'mentioned', 'stored', 'changed', 'edited', 'consolidated']),
  );
  await vi.waitFor(() => {
    flushSync();
    expect(body.querySelector('mark')?.textContent).toMatch(/^Ana\? She moved up to Porto/);
  });
  expect(body.textContent).toContain('Found by its words (62 %)');
});

it('shows hostile text as text', async () => {
  const body = await show('h');
  expect(body.querySelector('img, script, b, i, u')).toBeNull();
  expect(body.textContent).toContain('<script>alert(1)</script>');
});

it('cuts a text of one megabyte and shows it all when asked', async () => {
  const long = { ...(await import('../../../tests/fake/memoryDetail')).answers };
  const get = long['memory.get'];
  restore = answering({
    'memory.get': async (request) => {
      const whole = await get?.(request);
      if (!whole) throw new Error('no memory');
      return { ...whole, fact: { ...whole.fact, text: 'word '.repeat(200_000) } };
    },
  });
  const body = await show('long');
  expect(body.querySelector('.text')?.textContent?.length).toBeLessThan(2000);
  press(body, 'Show 40,000 more of 998,400 characters');
  expect(body.querySelector('.text')?.textContent?.length).toBe(41_601);
});

it('edits by key, sends only what changed, and keeps a draft that was left', async () => {
  restore = answering({
    'memory.change': () => {
      throw new Error('not yet');
    },
  });
  const body = await show('f');
  key(body, 'e');
  type(body, 'Ana moved to Porto.');
  key(body, 'Escape');
  expect(body.querySelector('textarea')).toBeNull();
  press(body, 'Go on editing');
  expect(body.querySelector('textarea')?.value).toBe('Ana moved to Porto.');
  await vi.waitFor(() => {
    flushSync();
    expect(body.textContent).toMatch(
      /1 observation is built on it\. The server makes it\s+anew, under a new id\./,
    );
  });
  key(body, 'Enter', { ctrlKey: true });
  await vi.waitFor(() => expect(sent('memory.change')).toHaveLength(1));
  expect(sent('memory.change')[0]).toMatchObject({
    label: 'Edit text of 1 fact',
    changes: [{ id: 'f', patch: { text: 'Ana moved to Porto.' } }],
  });
  await vi.waitFor(() => {
    flushSync();
    expect(body.querySelector('[role="group"][aria-label="Error"]')).not.toBeNull();
  });
  expect(body.querySelector('textarea')?.value).toBe('Ana moved to Porto.');
});

it('says what is wrong with a date and sends nothing', async () => {
  const body = await show('f');
  key(body, 'e');
  const from = [...body.querySelectorAll('label')].find((one) => one.textContent === 'Happened from');
  const input = document.getElementById(from?.htmlFor ?? '') as HTMLInputElement;
  expect(input.value).toBe('2025-03-01');
  input.value = 'last spring';
  input.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  key(body, 'Enter', { ctrlKey: true });
  expect(body.textContent).toContain('Not a date.');
  expect(sent('memory.change')).toHaveLength(0);
});

it('an observation is not edited and says what helps', async () => {
  const body = await show('o1');
  key(body, 'e');
  expect(body.querySelector('textarea')).toBeNull();
  expect(button(body, 'Edit')).toBeUndefined();
  expect(body.textContent).toMatch(/Edit\s+or invalidate a fact it is made of/);
  expect(body.textContent).toContain('Ana rents a room in Cedofeita, Porto.');
});

it('follows a link and comes back', async () => {
  const body = await show('o1');
  [...body.querySelectorAll('button')]
    .find((one) => one.textContent?.includes('rents a room in Cedofeita, Porto.'))
    ?.click();
  expect(selected.memory?.id).toBe('f2');
  await vi.waitFor(() => {
    flushSync();
    expect(button(body, 'Back to the memory before')).toBeDefined();
  });
  press(body, 'Back to the memory before');
  expect(selected.memory?.id).toBe('o1');
});

it('walks the list it was opened from with j and k', async () => {
  const steps: number[] = [];
  selected.walk = { step: (by) => steps.push(by), has: (by) => by === 1 };
  const body = await show('f');
  key(body, 'j');
  key(body, 'k');
  expect(steps).toEqual([1]);
});
