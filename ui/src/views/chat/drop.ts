// Files that are dropped on an element. While they hover over it, it has `data-drop`.
import type { Attachment } from 'svelte/attachments';

/** Hands over the files that are dropped on an element; other drops are left alone. */
export function droppable(take: (files: File[]) => unknown): Attachment<HTMLElement> {
  return (node) => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      node.dataset.drop = '';
    };
    const leave = () => delete node.dataset.drop;
    const drop = (event: DragEvent) => {
      leave();
      if (!hasFiles(event)) return;
      event.preventDefault();
      void take([...(event.dataTransfer?.files ?? [])]);
    };
    node.addEventListener('dragover', over);
    node.addEventListener('dragleave', leave);
    node.addEventListener('drop', drop);
    return () => {
      node.removeEventListener('dragover', over);
      node.removeEventListener('dragleave', leave);
      node.removeEventListener('drop', drop);
    };
  };
}
