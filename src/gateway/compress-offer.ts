import type { IncomingMessage } from 'node:http';
import { isLoopback } from './guard.ts';

/** Who is offered compressed frames: nobody, those who are not on this machine, or everybody who asks. */
export type CompressMode = 'never' | 'remote' | 'always';

/**
 * Whether to agree to the compression that a handshake offers (RFC 7692). Not where the client wants its own window or
 * none kept: what is compressed here is compressed once, for all.
 */
export function compressionAgreed(request: IncomingMessage, mode: CompressMode): boolean {
  const offered = request.headers['sec-websocket-extensions'] ?? '';
  if (mode === 'never' || !/(?:^|,)\s*permessage-deflate\s*(?:[;,]|$)/.test(offered)) return false;
  if (/server_(?:no_context_takeover|max_window_bits)/.test(offered)) return false;
  // Behind a proxy on this machine everybody comes from here, and is somewhere else.
  return mode === 'always' || request.headers['x-forwarded-for'] !== undefined || !fromHere(request);
}

function fromHere(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  return isLoopback(address.replace(/^::ffff:/, ''));
}
