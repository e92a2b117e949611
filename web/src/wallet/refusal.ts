/** What was asked for cannot be done: why, and what to do. Nothing was changed. */
export class RequestRefused extends Error {
  override readonly name: string = 'RequestRefused';
}

/** A restore that has nothing to bring: all of it is here. */
export class NothingToRestore extends RequestRefused {
  override readonly name = 'NothingToRestore';
}
