import { isIPv4 } from 'node:net';
import type { Refusal } from './refusal.ts';

// Who may talk to the broker from a browser. Two attacks are kept out here: a page of another site that opens a socket
// to this one with the operator's browser (Origin), and a name of another site that suddenly points at 127.0.0.1 (DNS
// rebinding: the Origin then equals the Host, but the Host is not ours). Programs send no Origin and are not affected.

export interface GuardOptions {
  /** Address that the broker listens on. On a loopback address, only local names may be asked for. */
  readonly host: string;
  /** Further names that the broker is reached by, without port: of a reverse proxy. Checked wherever it listens. */
  readonly allowedHosts?: readonly string[];
  /** Further origins that may use it, as in the header: `https://example.org`, or `null` for files. */
  readonly allowedOrigins?: readonly string[];
}

interface RequestHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #loopback: boolean;
  /** The Host that passed last: nearly always that of the next request too. */
  #passedHost: string | null = null;

  constructor(options: GuardOptions) {
    this.#loopback = isLoopback(options.host);
    this.#hosts = new Set(options.allowedHosts?.map((host) => host.toLowerCase()));
    this.#origins = new Set(options.allowedOrigins);
  }

  /** Null when the request may pass. */
  check(headers: RequestHeaders): Refusal | null {
    const host = headers.host ?? '';
    if (host !== this.#passedHost && !this.#hostAllowed(host)) {
      const message = `Host ${quoted(host)} is not a name of this broker: use 127.0.0.1, or start it with --allow-host and that name`;
      return { code: 'MEKS_HOST_REFUSED', message };
    }
    this.#passedHost = host;
    const origin = headers.origin;
    if (origin === undefined || this.#origins.has(origin) || sameOrigin(origin, host)) return null;
    const message = `Origin ${quoted(origin)} is another site than ${quoted(host)}: open the page from the broker's own address, or start it with --allow-origin and that origin; a proxy in front has to pass Host on as it came`;
    return { code: 'MEKS_ORIGIN_REFUSED', message };
  }

  #hostAllowed(host: string): boolean {
    if (!this.#loopback && this.#hosts.size === 0) return true;
    const name = hostName(host);
    return this.#hosts.has(name) || (this.#loopback && isLoopback(name));
  }
}

/** Whether `host` (an address or a name, IPv6 with or without brackets) is this machine and nothing else. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || host === '[::1]';
}

/** The name in a Host header, in lower case, without its port. */
function hostName(host: string): string {
  const name = host.toLowerCase();
  return name.startsWith('[') ? name.slice(0, name.indexOf(']') + 1) : name.replace(/:\d*$/, '');
}

/** Whether a page of `origin` came from the same host and port. The scheme may differ: a proxy in front ends TLS. */
export function sameOrigin(origin: string, host: string): boolean {
  const page = URL.parse(origin);
  return page !== null && page.host !== '' && page.host === URL.parse(`${page.protocol}//${host}`)?.host;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
