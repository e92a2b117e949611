/** What files hold, before they are accepted. */
export { default as OfferSheet } from './OfferSheet.svelte';
