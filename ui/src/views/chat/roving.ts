// One stop of the Tab key for a toolbar; arrows move inside it, Home and End to its ends.
import type { Attachment } from 'svelte/attachments';

const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Makes the buttons of an element with `role="toolbar"` one stop. */
export const roving: Attachment<HTMLElement> = (bar) => {
  const buttons = () => [...bar.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];

  function stop(chosen: Element | null) {
    const all = buttons();
    const one =
      all.find((button) => button === chosen) ?? all.find((button) => button.tabIndex === 0) ?? all[0];
    for (const button of all) button.tabIndex = button === one ? 0 : -1;
  }

  function onkeydown(event: KeyboardEvent) {
    const step = STEPS[event.key];
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    if (!step || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    all[step(at, all.length)]?.focus();
  }

  const onfocusin = (event: FocusEvent) => stop(event.target as Element);
  // Buttons come and go, e.g. branch arrows after an edit.
  const observer = new MutationObserver(() => stop(null));
  observer.observe(bar, { childList: true, subtree: true, attributeFilter: ['disabled'] });
  bar.addEventListener('keydown', onkeydown);
  bar.addEventListener('focusin', onfocusin);
  stop(null);
  return () => {
    observer.disconnect();
    bar.removeEventListener('keydown', onkeydown);
    bar.removeEventListener('focusin', onfocusin);
  };
};
