// A step of a tool in the page: hostile words stay text, long ones are cut, and a question is answered with its buttons.
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import type { ToolRun } from '$gen/ToolRun';
import { callOf } from '$lib/steps';
import ToolDetail from '$views/injected/ToolDetail.svelte';
import { found, toolRun } from '../../../tests/fake/tools';
import { runs } from '$state/run.svelte';
import { host } from '$host';
import InChat from './InChat.test.svelte';

let made: object | null = null;

function detail(run: Partial<ToolRun>): HTMLElement {
  made = mount(ToolDetail, { target: document.body, props: { call: callOf(toolRun(run)) } });
  flushSync();
  return document.body;
}

afterEach(() => {
  if (made) void unmount(made);
  made = null;
});

it('markup in what a tool found, got and learned is shown as text', () => {
  const evil = '<img src=x onerror="boom()"><script>boom()</script>';
  const body = detail({
    arguments: JSON.stringify({ query: evil }),
    result: evil,
    memories: [found('a', evil, null)],
    learned: [{ id: 'b', text: evil, factType: 'world' }],
  });
  expect(body.querySelector('img, script')).toBeNull();
  expect(body.textContent.split('boom()').length - 1).toBe(8);
});

it('a long result is cut before it is drawn and opens whole', () => {
  const long = 'word '.repeat(2000);
  const body = detail({ result: long });
  expect(body.textContent.length).toBeLessThan(2000);
  const more = [...body.querySelectorAll('button')].find((one) => one.textContent.includes('Show all'));
  more?.click();
  flushSync();
  expect(body.textContent).toContain(long);
});

it('a call that asks shows what would be stored, and each button says its own', async () => {
  const call = vi.spyOn(host, 'call').mockResolvedValue({} as never);
  vi.spyOn(host, 'stream').mockReturnValue(() => undefined);
  const asking = toolRun({
    callId: 'q',
    step: 1,
    name: 'retain_memory',
    arguments: '{"content":"Ana likes the river."}',
    state: 'asking',
  });
  const run = runs.follow('chat', 'asking-run', null, 'answer');
  made = mount(InChat, { target: document.body, props: { call: callOf(asking), run } });
  flushSync();
  expect(document.querySelector('[data-asking]')?.textContent).toContain('Ana likes the river.');
  const press = async (words: string) => {
    [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === words)?.click();
    await Promise.resolve();
  };
  await press('Allow');
  expect(call).toHaveBeenCalledWith(
    'turn.answerTool',
    expect.objectContaining({ runId: 'asking-run', step: 1, callId: 'q', allow: true }),
  );
});
