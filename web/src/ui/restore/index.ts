/** Coming back with words or a backup. */
export { default as RestoreFields } from './RestoreFields.svelte';
export { default as RestoreWallet } from './RestoreWallet.svelte';
