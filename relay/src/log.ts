/** One JSON line an event: never payloads, serial numbers or whole addresses. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;
export type Log = (event: string, fields?: LogFields) => void;

const SECOND_MS = 1000;

/**
 * Writes at most `linesPerSecond`; the first line of a later second says how many were left out.
 */
export function createLog(
  write: (line: string) => void,
  linesPerSecond: number,
  now: () => number = Date.now,
): Log {
  let second = 0;
  let written = 0;
  let suppressed = 0;
  return (event, fields = {}) => {
    const time = now();
    if (Math.floor(time / SECOND_MS) !== second) {
      second = Math.floor(time / SECOND_MS);
      written = 0;
    }
    if (written >= linesPerSecond) {
      suppressed += 1;
      return;
    }
    written += 1;
    const line = { time: new Date(time).toISOString(), event, ...fields };
    write(JSON.stringify(suppressed === 0 ? line : { ...line, suppressed }));
    suppressed = 0;
  };
}
