// Programmer errors: what must never be false. Assertions stay on in production (they cost a branch).
// Expected outcomes are returned values, and failures at an edge are MeksError; neither goes through here.

/** A broken invariant: a bug in MEKS. Never caught and carried on from; the process restarts from its log. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws AssertionError with `message` unless `condition` holds. Split compound conditions: one assertion each. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the last branch of an exhaustive switch: fails to compile when a case is missing, throws if reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable value: ${String(value)}`);
}
