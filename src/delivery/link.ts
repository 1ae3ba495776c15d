// A connection's words live in protocol/, because the gateway that implements them may not import delivery.
export type { Link } from '../protocol/link.ts';
