/** Everything about repair and health that the first sight of the page does without. */
export { default as HealthSheet } from './HealthSheet.svelte';
export { default as RepairNotes } from './RepairNotes.svelte';
