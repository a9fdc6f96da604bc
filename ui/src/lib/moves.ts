// What is said about a move of a bank: what it does, how far it is, what exists where when it has ended. Pure.
import type { BankMove } from '$gen/BankMove';
import type { Left } from '$gen/Left';
import { bytes, count, number } from './format';

/** What a move does, in one line. */
export function moveTitle(move: BankMove): string {
  const from = move.from;
  const to = move.to;
  switch (move.kind) {
    case 'clone':
      return `Copy of “${from?.bankId}” as “${to?.bankId}” on ${to?.serverName}`;
    case 'transfer':
      return from?.bankId === to?.bankId
        ? `“${from?.bankId}” from ${from?.serverName} to ${to?.serverName}`
        : `“${from?.bankId}” from ${from?.serverName} to ${to?.serverName} as “${to?.bankId}”`;
    case 'archive':
      return `“${from?.bankId}” of ${from?.serverName} to a file`;
    case 'restore':
      return `${move.sourceFile ?? 'A file'} to ${to?.serverName} as “${to?.bankId}”`;
  }
}

/** How far a move is that goes on. */
export function moveProgress(move: BankMove): string {
  const amount = (unit: (n: number) => string) =>
    move.total === null
      ? move.done > 0
        ? unit(move.done)
        : ''
      : `${unit(move.done)} of ${unit(move.total)}`;
  const words: Record<BankMove['stage'], string> = {
    beginning: 'beginning',
    copying: 'copying',
    packing: 'packing',
    fetching: 'fetching',
    sending: 'sending',
    importing: 'importing',
  };
  const travels = move.stage === 'fetching' || move.stage === 'sending';
  const far = amount(travels ? bytes : number);
  const stage = travels || !move.serverStage ? '' : move.serverStage;
  return [words[move.stage], stage, far].filter(Boolean).join(' · ');
}

/** How much of its stage is done, 0 to 1; null when nobody knows. */
export function moveShare(move: BankMove): number | null {
  return move.total === null || move.total === 0 ? null : Math.min(1, move.done / move.total);
}

/** How a move ended. */
export function moveEnd(move: BankMove): string {
  switch (move.state) {
    case 'running':
      return 'running';
    case 'done':
      return 'done';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'stopped';
    case 'interrupted':
      return 'interrupted: Rearview ended before it did';
  }
}

/** What exists at a place after a move. */
export function leftWords(left: Left, move: BankMove): string {
  const { bankId, serverName } = left.place;
  const holding = left.facts === null ? '' : ` with ${count(left.facts, 'fact')}`;
  const merged = move.import?.kind === 'merge';
  switch (left.what) {
    case 'untouched':
      return `${serverName}: “${bankId}” is as it was.`;
    case 'whole':
      return `${serverName}: “${bankId}” is there${holding}.`;
    case 'partial':
      return merged
        ? `${serverName}: “${bankId}” is there${holding}; some of the archive may be in it. Merging again and skipping what is there completes it.`
        : `${serverName}: “${bankId}” is there${holding}, perhaps not all of it.`;
    case 'absent':
      return `${serverName}: there is no bank “${bankId}”.`;
    case 'unknown':
      return `${serverName}: could not be asked; “${bankId}” may be there in part.`;
  }
}

/** The bank that a move left in part and that may be deleted: never one that was merged into. */
export function incomplete(move: BankMove): Left | null {
  if (move.import?.kind === 'merge') return null;
  return move.left.find((left) => left.what === 'partial') ?? null;
}
