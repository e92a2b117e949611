import type { LocalNode } from '../network/local-node.ts';
import { ControlError } from './control-error.ts';

/** The nodes that `all`, `3`, `0-11` or `1,5,7-9` names. Throws ControlError. */
export function chooseNodes(nodes: readonly LocalNode[], ids: string): LocalNode[] {
  if (ids === 'all') return [...nodes];
  const chosen = new Set<LocalNode>();
  for (const part of ids.split(',')) {
    const match = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(part);
    const first = Number(match?.[1] ?? NaN);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    if (!(first <= last && last < nodes.length)) {
      throw new ControlError(
        400,
        `nodes: must be all, or numbers from 0 to ${nodes.length - 1} such as 3, 0-11 or 1,5,7`,
      );
    }
    for (const node of nodes.slice(first, last + 1)) chosen.add(node);
  }
  return [...chosen];
}
