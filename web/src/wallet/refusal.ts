/** What was asked for cannot be done: why, and what to do. Nothing was changed. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
}
