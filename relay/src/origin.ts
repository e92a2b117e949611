import type { IncomingMessage } from 'node:http';

import { ConfigError } from './config-error.ts';

/** Which web pages may use this relay. A browser cannot lie about the Origin of a page. */
export interface OriginPolicy {
  /** Origins of `--allow-origin`, next to our own. */
  readonly allowed: ReadonlySet<string>;
  /** Whether clients that send no Origin, which are no browsers, may connect. */
  readonly allowNone: boolean;
}

/** The origin that was given with a flag. Throws ConfigError. */
export function parseOrigin(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin =
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.href === `${url.origin}/` &&
    !/[?#]/.test(text);
  if (!isOrigin) {
    throw new ConfigError(`${flag}: ${text} is not an origin like https://wallet.example`);
  }
  return url.origin;
}

/** Whether a page of `origin` may connect to us, who are addressed as `host`. */
export function isOriginAllowed(
  { origin, host }: IncomingMessage['headers'],
  policy: OriginPolicy,
): boolean {
  if (origin === undefined) return policy.allowNone;
  return policy.allowed.has(origin) || isSameHost(origin, host);
}

/** Compares as URLs, so that a default port counts as given (behind a TLS proxy, too). */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}
