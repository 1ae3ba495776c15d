// Owns which day it is in a room's time zone, for the boards of day and week. Asked with every event: what a zone says
// is kept for the quarter of an hour that it was asked about, since offsets change at quarters of an hour alone.
// Follows from the zone and the room's time, so that replaying a log gives the same days.

const dayMs = 86_400_000;
const quarterMs = 900_000;

export class LocalDays {
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat | null;
  #quarter = -1;
  #day = 0;

  /** `timeZone`: a name of the IANA database. Throws RangeError where there is no such zone. */
  constructor(timeZone: string) {
    this.timeZone = timeZone;
    const shape = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
    const plain = 'en-US-u-ca-gregory-nu-latn';
    this.#format = timeZone === 'UTC' ? null : new Intl.DateTimeFormat(plain, { ...shape, timeZone });
  }

  /** Days since 1970 at `at` (Unix ms), by the calendar on the wall there. */
  dayOf(at: number): number {
    if (this.#format === null) return Math.floor(at / dayMs);
    const quarter = Math.floor(at / quarterMs);
    if (quarter !== this.#quarter) {
      this.#day = dayIn(this.#format, at);
      this.#quarter = quarter;
    }
    return this.#day;
  }
}

function dayIn(format: Intl.DateTimeFormat, at: number): number {
  let [year, month, day] = [0, 0, 0];
  for (const { type, value } of format.formatToParts(at)) {
    if (type === 'year') year = Number(value);
    else if (type === 'month') month = Number(value);
    else if (type === 'day') day = Number(value);
  }
  return Date.UTC(year, month - 1, day) / dayMs;
}
