// What rooms need of a log. Implemented in telemetry/, handed in by the broker. One line per thing that happened:
// `room.what` names it, the fields say the rest. Never per event of a stream: those are counted (counters.ts).

/** Facts of a line: names in camelCase with their unit last (`waitedMs`). Whole objects do not belong into a log. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  /** What an operator may want to know later: `gateway.listening`, `feed.connected`. */
  info(event: string, fields?: LogFields): void;
  /** Something went wrong and was dealt with: a retry, a restart, a refusal that should not be usual. */
  warn(event: string, fields?: LogFields): void;
  /** Something went wrong and somebody has to act. */
  error(event: string, fields?: LogFields): void;
}

/** A log that nobody reads: for tests, and for tools that print their own words. */
export const silentLog: Log = { info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Nothing is what a silent log does.
}

/** The fields that tell of a caught `error`: its message, its code and class where it has them. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { error: error.message, errorName: error.name, errorCode: code, errorCause: cause };
}
