/**
 * Headers of everything that we serve. The page may load and run only what comes from here, speak
 * only to us (and to the local network's test coins), and nobody may frame it.
 */
export function securityHeaders(testCoinsUrl: string | undefined): Record<string, string> {
  const connect = testCoinsUrl === undefined ? '' : ` ${new URL(testCoinsUrl).origin}`;
  const policy = [
    "default-src 'self'",
    `connect-src 'self'${connect}`,
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
