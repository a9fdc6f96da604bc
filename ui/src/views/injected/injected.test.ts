// The panel keeps its promises: bytes are shown as they were sent, and hostile text stays text.
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import type { Segment } from '$gen/Segment';
import type { AppEvent } from '$gen/AppEvent';
import { host } from '$host';
import { app } from '$state/app.svelte';
import { followApp } from '$state/commands.svelte';
import { MemoryLink } from '$state/record.svelte';
import BodyBytes from './BodyBytes.svelte';
import Injected from './Injected.svelte';

let made: object | null = null;

type Uncounted = Omit<Segment, 'tokens'>;

function showBody(uncounted: Uncounted[], link = new MemoryLink()): HTMLElement {
  const segments = uncounted.map((one) => ({ ...one, tokens: null }));
  made = mount(BodyBytes, { target: document.body, props: { segments, wrap: true, link } });
  flushSync();
  return document.body;
}

async function showTurn(turnId: string): Promise<HTMLElement> {
  app.chatId = 'c1';
  app.selectedTurnId = turnId;
  made = mount(Injected, { target: document.body });
  const { body } = document;
  await vi.waitFor(() => expect(body.querySelector('dl')).not.toBeNull());
  return body;
}

function click(within: HTMLElement, words: string) {
  const button = [...within.querySelectorAll('button')].find((one) => one.textContent.includes(words));
  if (!button) throw new Error(`no button “${words}”`);
  button.click();
  flushSync();
}

afterEach(() => {
  if (made) void unmount(made);
  made = null;
  app.selectedTurnId = null;
});

const origin = { kind: 'memory', index: 1, id: 'x' } as const;
const segments: Uncounted[] = [
  { text: '{"a":\n  "', origin: null },
  { text: 'fact  with <b>two</b>  blanks \\n', origin },
  { text: '"}  ', origin: null },
];

it('what can be selected in the body is exactly what was sent', () => {
  showBody(segments);
  expect(document.querySelector('pre')?.textContent).toBe(segments.map((one) => one.text).join(''));
});

it('a folded piece of the body opens to exactly what was sent', () => {
  const long: Uncounted[] = [
    { text: '{', origin: null },
    { text: 'x y '.repeat(2000), origin: { kind: 'system' } },
  ];
  const body = showBody(long);
  expect(document.querySelector('pre')?.textContent.length).toBeLessThan(3000);
  click(body, 'more characters');
  expect(document.querySelector('pre')?.textContent).toBe(long.map((one) => one.text).join(''));
});

it('picking bytes picks the memory they came from', () => {
  const link = new MemoryLink();
  showBody(segments, link);
  document.querySelector<HTMLElement>('[data-memory="x"]')?.click();
  expect(link).toMatchObject({ memoryId: 'x', from: 'bytes' });
});

it('markup in a memory is shown as text', async () => {
  const body = await showTurn('used');
  click(body, 'Left out');
  expect(body.textContent).toContain('<script>alert(1)</script>');
  expect(body.querySelector('script')).toBeNull();
});

it('the head counts what was injected and what was recalled', async () => {
  const body = await showTurn('used');
  expect(body.querySelector('header')?.textContent).toContain('4 of 5');
});

it('a turn with tools shows its preload, its calls by request, what was learned, and every request', async () => {
  const body = await showTurn('tools');
  expect(body.querySelector('dl')?.textContent).toMatch(/preload · low[\s\S]*5 calls in 4 requests/);
  expect(body.querySelector('[aria-label="Tools of request 3"]')?.textContent).toMatch(
    /Request 3 of 4 asked for, 2 at once[\s\S]*Stored[\s\S]*2 learned[\s\S]*Called get_weather[\s\S]*failed/,
  );
  expect(body.querySelector('[aria-label="Learned facts"]')?.children).toHaveLength(2);
  expect(body.textContent).toContain('4 of at most 6 requests, as set by the bank');
  click(body, 'Exact request');
  const picker = () => body.querySelector('[role="radiogroup"][aria-label="Request"]');
  expect(picker()?.querySelectorAll('input')).toHaveLength(4);
  picker()?.querySelectorAll('input')[1]?.click();
  flushSync();
  expect(picker()?.parentElement?.textContent).toMatch(
    /Request 2 of 4[\s\S]*with the results of 2 tool calls/,
  );
});

it('says what the server ignored and why memory failed', async () => {
  const body = await showTurn('failed');
  expect(body.textContent).toContain('The server ignored: prefer_observations');
  expect(body.textContent).toContain('Hindsight did not answer within 3 s.');
  expect(body.textContent).toMatch(/next try in \d+ s/);
});

it('draws few of many memories', async () => {
  const body = await showTurn('many');
  click(body, 'Left out');
  expect(body.querySelectorAll('[data-memory-card]').length).toBeLessThan(100);
});

it('a retain that moves on is shown at once, before the record is read again', async () => {
  let tell: (event: AppEvent) => void = () => undefined;
  vi.spyOn(host, 'stream').mockImplementation((_name, _request, onItem) => {
    tell = onItem as typeof tell;
    return () => undefined;
  });
  const stop = followApp();
  const body = await showTurn('failed');
  expect(body.textContent).toContain('next try');
  tell({
    kind: 'retain',
    chat_id: 'c1',
    turn_id: 'other',
    state: { state: 'done', at: '2026-11-20T10:00:00Z' },
  });
  flushSync();
  expect(body.textContent).toContain('next try');
  tell({
    kind: 'retain',
    chat_id: 'c1',
    turn_id: 'failed',
    state: { state: 'done', at: '2026-11-20T10:00:00Z' },
  });
  flushSync();
  expect(body.textContent).not.toContain('next try');
  stop();
});
