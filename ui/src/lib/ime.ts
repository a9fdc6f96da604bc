// Whether a key belongs to an input method. WebKit reports `isComposing` as false on the Enter that confirms
// a composition, but keeps key code 229, so both are asked.

/** True while an input method composes, the confirming key included: such an Enter never sends or confirms. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
