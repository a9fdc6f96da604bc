// Narrowing a list of choices by what was typed. Pure.
import { rank } from './text';

interface Choice {
  label: string;
  detail?: string | undefined;
  group?: string | undefined;
  find?: string | undefined;
}

/** The choices that have every typed word, best first inside their group; groups keep their order. */
export function narrow<T extends Choice>(options: readonly T[], typed: string, here = true): readonly T[] {
  if (!here || !typed.trim()) return options;
  const groups = new Map<string, { option: T; score: number }[]>();
  for (const option of options) {
    const score = rank(
      `${option.label} ${option.group ?? ''} ${option.find ?? ''} ${option.detail ?? ''}`,
      typed,
    );
    if (score === null) continue;
    const group = groups.get(option.group ?? '') ?? [];
    group.push({ option, score });
    groups.set(option.group ?? '', group);
  }
  return [...groups.values()].flatMap((group) =>
    group.sort((a, b) => a.score - b.score).map(({ option }) => option),
  );
}
