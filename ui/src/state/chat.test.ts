import { expect, it, vi } from 'vitest';
import type { ChatView } from '$gen/ChatView';
import { host } from '$host';
import { tell } from '../../tests/fake/app';
import { OpenChat } from './chat.svelte';
import { followApp } from './commands.svelte';

const chatId = 'c-late';

function view(state: 'sent' | 'done'): ChatView {
  const at = '2026-05-01T10:00:00.000Z';
  const retain =
    state === 'done' ? { state, at } : { state, operation_id: 'o', progress: null, next_try_at: at };
  return {
    chat: { id: chatId },
    path: [],
    messages: [],
    turns: [{ id: 't', retain }],
    running: [],
  } as never;
}

it('does not take back what was told of a retain while an older reading was under way', async () => {
  let answer: (view: ChatView) => void = () => undefined;
  const call = vi.spyOn(host, 'call');
  call.mockImplementation(() => new Promise((done) => (answer = done as typeof answer)) as never);
  const stop = followApp();
  const chat = new OpenChat(chatId);
  answer(view('sent'));
  await vi.waitFor(() => expect(chat.turns.get('t')?.retain?.state).toBe('sent'));

  const reading = chat.load();
  tell({ kind: 'retain', chat_id: chatId, turn_id: 't', state: { state: 'done', at: 'now' } });
  answer(view('sent'));
  await reading;
  expect(chat.turns.get('t')?.retain?.state).toBe('done');
  chat.close();
  stop();
});
