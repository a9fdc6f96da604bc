// The three panes: which are open, how wide, and what becomes of them when the window is narrow (the left a
// drawer, the right a sheet over the chat). Widths and open panes are preferences; drawer and sheet are not.
import { MediaQuery } from 'svelte/reactivity';
import { innerWidth } from 'svelte/reactivity/window';
import { preferences } from './preferences.svelte';

export type Side = 'left' | 'right';

const LIMITS = { left: { min: 180, max: 400, share: 0.25 }, right: { min: 260, max: 720, share: 0.36 } };
const DEFAULTS = { left: 248, right: 360 };

class Panes {
  #narrow = new MediaQuery('(width < 900px)');
  /** In a narrow window: what stands over the chat. */
  over: Side | null = $state(null);
  /** Whether the X-ray of the selected turn's request stands over everything. */
  xray = $state(false);

  get narrow(): boolean {
    return this.#narrow.current;
  }

  isOpen(side: Side): boolean {
    if (this.narrow) return this.over === side;
    return side === 'left' ? preferences.now.leftOpen : preferences.now.rightOpen;
  }

  open(side: Side, open = true) {
    if (this.narrow) this.over = open ? side : this.over === side ? null : this.over;
    else preferences.set(side === 'left' ? { leftOpen: open } : { rightOpen: open });
  }

  toggle(side: Side) {
    this.open(side, !this.isOpen(side));
  }

  /** Bounds of a pane's width in this window, so that the centre always has room. */
  bounds(side: Side): { min: number; max: number } {
    const { min, max, share } = LIMITS[side];
    return { min, max: Math.max(min, Math.min(max, Math.round((innerWidth.current ?? 1280) * share))) };
  }

  /** How wide a pane is drawn; the kept width may not fit this window. */
  width(side: Side): number {
    const { min, max } = this.bounds(side);
    const kept = side === 'left' ? preferences.now.leftWidth : preferences.now.rightWidth;
    return Math.min(max, Math.max(min, kept));
  }

  resize(side: Side, to: number) {
    preferences.set(side === 'left' ? { leftWidth: to } : { rightWidth: to });
  }

  reset(side: Side) {
    this.resize(side, DEFAULTS[side]);
  }
}

export const panes = new Panes();
