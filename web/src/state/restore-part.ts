import { OnDemand } from './on-demand.svelte.ts';

/** Needed by the door and by what is behind it, and by most people never. */
export const restorePart = new OnDemand(() => import('../ui/restore/index.ts'));
