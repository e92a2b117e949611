/**
 * Headers of everything that we serve. The page may load and run only what comes from here, speak
 * only to us, to the relays that it shall use, and to the local network's test coins, and nobody
 * may frame it.
 */
export function securityHeaders(
  testCoinsUrl: string | undefined,
  relays: readonly string[],
): Record<string, string> {
  const testCoins = testCoinsUrl === undefined ? [] : [new URL(testCoinsUrl).origin];
  const connect = ["'self'", ...testCoins, ...relays.map(webSocketOrigin)];
  const policy = [
    "default-src 'self'",
    `connect-src ${connect.join(' ')}`,
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

/** A policy for http: would not allow ws: in every browser. */
function webSocketOrigin(origin: string): string {
  return origin.replace(/^http/, 'ws');
}
