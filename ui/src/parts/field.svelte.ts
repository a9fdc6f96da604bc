// How a Field tells the control inside it which ids describe it, without every caller passing ids around.
import { getContext, setContext } from 'svelte';

const KEY = Symbol('field');

export interface FieldIds {
  /** The id the control takes, so that the label points at it. */
  readonly control: string;
  /** Ids of the hint and the error; undefined when there is neither. */
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
}

export function provideField(ids: FieldIds) {
  setContext(KEY, ids);
}

/** The Field around a control; undefined when it stands alone and has a label of its own. */
export function useField(): FieldIds | undefined {
  return getContext<FieldIds | undefined>(KEY);
}
