// Which part of the panel Injected memories somebody wants to see: a chip under an answer asks, the part answers.

class PanelPart {
  /** The part that is wanted; null when none is, or when it was shown. */
  wanted: 'learned' | null = $state(null);

  want(part: 'learned') {
    this.wanted = part;
  }

  /** The part is in sight. */
  shown() {
    this.wanted = null;
  }
}

export const panelPart = new PanelPart();
