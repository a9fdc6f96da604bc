// What jsdom lacks and the page takes for granted. Runs before every test file.
import { afterEach } from 'vitest';

class NoResize {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= NoResize;
Element.prototype.scrollIntoView ??= () => {};
globalThis.matchMedia ??= (query: string) => {
  const list = new EventTarget() as MediaQueryList;
  return Object.assign(list, {
    matches: false,
    media: query,
    onchange: null,
    addListener() {},
    removeListener() {},
  });
};

afterEach(() => {
  document.body.replaceChildren();
  sessionStorage.clear();
});
