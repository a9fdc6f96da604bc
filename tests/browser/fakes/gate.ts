// A gate in a script: a scripted server stops at it until the test opens it, and the test can wait until the server
// has come to it. This is how specs order things without sleeping.

export class Gate {
  #open!: () => void;
  #reach!: () => void;
  readonly #opened = new Promise<void>((done) => (this.#open = done));
  /** Done once somebody stands at the gate. */
  readonly reached = new Promise<void>((done) => (this.#reach = done));

  /** Lets everybody through, now and later. */
  open(): void {
    this.#open();
  }

  /** Waits here until it is open. */
  pass(): Promise<void> {
    this.#reach();
    return this.#opened;
  }
}
