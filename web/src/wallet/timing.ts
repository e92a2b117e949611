import {
  FIRST_ECHO_TIMEOUT_MS,
  FIRST_TIMEOUT_MS,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  TIMEOUT_BACKOFF,
  TIMEOUT_PER_TOKEN_MS,
} from './limits.ts';

/** Gains of the smoothed round-trip time and its variation, as TCP has them (RFC 6298). */
const SMOOTHING = 1 / 8;
const VARIATION_SMOOTHING = 1 / 4;
const VARIATIONS = 4;

/** How long to wait for one RAIDA (WALLET.md section 4), learned from its own answers. */
export class Timing {
  #smoothedMs: number | null = null;
  #variationMs = 0;

  /** An answer came after this long. Not for answers to a repeated request's first try. */
  observe(roundTripMs: number): void {
    if (roundTripMs < 0) return;
    if (this.#smoothedMs === null) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
      return;
    }
    const deviation = Math.abs(this.#smoothedMs - roundTripMs);
    this.#variationMs += VARIATION_SMOOTHING * (deviation - this.#variationMs);
    this.#smoothedMs += SMOOTHING * (roundTripMs - this.#smoothedMs);
  }

  /** `tokenCount` is 0 for an Echo; `attempt` counts from 0. */
  timeoutMs(tokenCount: number, attempt: number): number {
    const first = tokenCount === 0 ? FIRST_ECHO_TIMEOUT_MS : FIRST_TIMEOUT_MS;
    const learned =
      this.#smoothedMs === null
        ? first
        : Math.max(MIN_TIMEOUT_MS, this.#smoothedMs + VARIATIONS * this.#variationMs);
    const timeout = (learned + tokenCount * TIMEOUT_PER_TOKEN_MS) * TIMEOUT_BACKOFF ** attempt;
    return Math.min(MAX_TIMEOUT_MS, Math.round(timeout));
  }
}
