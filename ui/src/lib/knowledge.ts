// The tree of knowledge pages as rows, and where a node may go. Pure; views/banks/pages draws it.
import type { KnowledgeNode } from '$gen/KnowledgeNode';

export interface Row {
  node: KnowledgeNode;
  depth: number;
  /** Nodes in it. */
  inside: number;
}

const DEEPEST = 64; // a tree that goes on for ever ends here

export const isFolder = (node: KnowledgeNode): boolean => node.kind === 'folder' || node.children.length > 0;

/** What is in sight: folders first, then by name; what is in closed folders is not. */
export function rows(
  roots: readonly KnowledgeNode[],
  closed: ReadonlySet<string>,
  depth = 0,
  seen: Set<string> = new Set(),
): Row[] {
  if (depth > DEEPEST) return [];
  const sorted = [...roots].sort(
    (a, b) => Number(isFolder(b)) - Number(isFolder(a)) || a.name.localeCompare(b.name),
  );
  return sorted.flatMap((node) => {
    if (seen.has(node.id)) return [];
    seen.add(node.id);
    const row = { node, depth, inside: node.children.length };
    return closed.has(node.id) ? [row] : [row, ...rows(node.children, closed, depth + 1, seen)];
  });
}

/** Folders that a node can move into: not itself, not what is in it. */
export function places(roots: readonly KnowledgeNode[], moving: string): Row[] {
  const prune = (nodes: readonly KnowledgeNode[]): KnowledgeNode[] =>
    nodes
      .filter((node) => node.id !== moving && isFolder(node))
      .map((node) => ({ ...node, children: prune(node.children) }));
  return rows(prune(roots), new Set());
}

/** How many pages go with a node. */
export function pagesIn(node: KnowledgeNode): number {
  const own = isFolder(node) ? 0 : 1;
  return node.children.reduce((sum, child) => sum + pagesIn(child), own);
}
