/** How one gets into the wallet: loaded at once, beside the worker, so that it can be used at once. */
import '../../styles/fields.css';

export { default as Door } from './Door.svelte';
export { default as StateBanner } from './StateBanner.svelte';
