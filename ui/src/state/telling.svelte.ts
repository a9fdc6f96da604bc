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
  $effect(() => {
    if (chat.run === null) return;
    // Not tracked: `announce` reads what it writes.
    untrack(() => app.announce('The answer began.'));
    const timer = setInterval(() => app.announce('Still working.'), STILL_MS);
    return () => clearInterval(timer);
  });
  $effect(() =>
    runs.onEnd((run, end) => {
      if (run.chatId !== chat.id || end.kind === 'lost') return;
      if (end.error) return app.announce(end.error.message, 'assertive');
      const begin = end.turn.state === 'cancelled' ? 'Stopped.' : 'Answer:';
      void import('$lib/plainText').then(({ plainText }) =>
        app.announce(`${begin} ${plainText(textOf(end.parts))}`),
      );
    }),
  );
}
