/** Deposits under way and those before: here before the first coins are shown. */
export { default as Deposit } from './Deposit.svelte';
export { default as Finished } from './Finished.svelte';
