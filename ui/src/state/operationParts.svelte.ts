// The parts of operations that were split: a list does not tell them, so each such operation is read once, and again
// when it moved on. views/banks/operations shows them below their whole.
import type { ChildOperation } from '$gen/ChildOperation';
import type { Operation } from '$gen/Operation';
import { host } from '$host';
import { isParent } from '$lib/operations';

export class Parts {
  /** By the id of the whole. */
  known: ReadonlyMap<string, readonly ChildOperation[]> = $state.raw(new Map());
  readonly #where: () => { serverId: string; bankId: string };
  readonly #read = new Map<string, string>(); // id → how it was when it was read

  constructor(where: () => { serverId: string; bankId: string }) {
    this.#where = where;
  }

  /** Reads what is new or moved on among these. A read that fails is tried again with the next list. */
  async follow(operations: readonly Operation[]): Promise<void> {
    const moved = operations.filter((one) => isParent(one) && this.#read.get(one.id) !== asIs(one));
    for (const one of moved) this.#read.set(one.id, asIs(one));
    await Promise.all(moved.map((one) => this.#look(one)));
  }

  async #look(one: Operation) {
    try {
      const whole = await host.call('operation.read', { ...this.#where(), operationId: one.id });
      this.known = new Map(this.known).set(one.id, whole.childOperations);
    } catch {
      this.#read.delete(one.id);
    }
  }
}

const asIs = ({ status, updatedAt }: Operation): string => `${status} ${updatedAt ?? ''}`;
