/** An error whose message says it all to a person; a stack trace would only hide it. */
export class PlainError extends Error {
  /** @override */
  name = 'PlainError';
}

/**
 * The end of a script that failed.
 *
 * @param {unknown} error
 */
export function reportAndFail(error) {
  console.error(error instanceof PlainError ? `\n${error.message}` : error);
  process.exitCode = 1;
}
