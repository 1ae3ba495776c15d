// Numbers and times as people read them. Unknown is '—', never 0: whoever shows a number goes through here.

/** What stands where nobody told us. */
export const unknownText = '—';

const exactFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compactFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** All digits with separators: for scores and standings. */
export function exact(value: number | null): string {
  return value === null ? unknownText : exactFormat.format(value);
}

/** At most one decimal: for secondary places only. */
export function compact(value: number | null): string {
  if (value === null) return unknownText;
  return Math.abs(value) < 10_000 ? exactFormat.format(value) : compactFormat.format(value);
}

/** With its sign, and a real minus. */
export function signed(value: number | null): string {
  if (value === null) return unknownText;
  return value < 0 ? `−${exactFormat.format(-value)}` : `+${exactFormat.format(value)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/**
 * Time left as `m:ss`; below `tenthsBelowMs` as `s.t`. Rounds up to the next second, so that it reaches 0:00 when time
 * is up and not one second before.
 */
export function countdown(leftMs: number, tenthsBelowMs = 0): string {
  if (leftMs <= 0) return '0:00';
  if (leftMs < tenthsBelowMs) {
    const tenths = Math.ceil(leftMs / 100);
    return `${Math.floor(tenths / 10)}.${tenths % 10}`;
  }
  const seconds = Math.ceil(leftMs / 1_000);
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** An age in the unit that a glance needs. */
export function age(ms: number | null): string {
  if (ms === null) return unknownText;
  if (ms < 9_950) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
  if (ms < 99_500) return `${Math.round(ms / 1_000)} s`;
  if (ms < 5_970_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** Time of day on the viewer's clock, `hh:mm:ss`; '—' for 0. */
export function timeOfDay(unixMs: number): string {
  if (unixMs === 0) return unknownText;
  const date = new Date(unixMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `1 gift`, `2 gifts`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${exactFormat.format(count)} ${count === 1 ? one : many}`;
}
