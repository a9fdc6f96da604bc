// What screen readers hear of a running answer: that it began, now and then that it goes on, and once the whole of
// it. The transcript itself is not live, or every flush would be read.
import { untrack } from 'svelte';
import { textOf } from '$lib/transcript';
import { app } from './app.svelte';
import type { OpenChat } from './chat.svelte';
import { runs } from './run.svelte';

const STILL_MS = 7000;

/** Tells of the runs in a chat while the calling component is mounted. */
export function tellRuns(chat: OpenChat) {
  const running = $derived(chat.running);
  const asking = $derived(chat.asking);
  const paused = $derived(chat.paused.length);
  $effect(() => {
    if (!running) return;
    // Not tracked: `announce` reads what it writes, and runs end one by one.
    untrack(() => app.announce(chat.runs.length > 1 ? 'The answers began.' : 'The answer began.'));
    const timer = setInterval(
      () => !chat.asking && chat.paused.length === 0 && app.announce('Still working.'),
      STILL_MS,
    );
    return () => clearInterval(timer);
  });
  $effect(() => {
    if (asking) untrack(() => app.announce('The answer waits for you: may it store something?', 'assertive'));
  });
  $effect(() => {
    if (paused > 0)
      untrack(() =>
        app.announce('The answer is paused at a breakpoint: nothing has been sent yet.', 'assertive'),
      );
  });
  $effect(() =>
    runs.onEnd((run, end) => {
      if (run.chatId !== chat.id || end.kind === 'lost') return;
      if (end.error) return app.announce(end.error.message, 'assertive');
      // Of several answers each says whose it is.
      const beside = [...chat.comparisons.values()].some((one) => one.answers.includes(end.turn.answerId));
      const model = beside ? ` of ${end.turn.model.slice(end.turn.model.indexOf('/') + 1)}` : '';
      const begin =
        end.turn.state === 'cancelled' ? `Stopped${beside ? ` the answer${model}` : ''}.` : `Answer${model}:`;
      void import('$lib/plainText').then(({ plainText }) =>
        app.announce(`${begin} ${plainText(textOf(end.parts))}`),
      );
    }),
  );
}
