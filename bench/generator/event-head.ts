// The one place that knows where an event's number and identity lie: `{"seq":N,"kind":"gift","id":"<19 digits>"`.
// Found by position, not by parsing: this runs for every delivery.

const openBrace = 0x7b;
const quote = 0x22;
const comma = 0x2c;
const zero = 0x30;

const seqOffset = '{"seq":'.length;
const idOffset = '"kind":"gift","id":"'.length;
const idDigits = 19;
const indexDigits = 9;

/** Not an event frame at all: a hello, a snapshot, a heartbeat, another protocol's own message. */
export const notAnEvent = -2;
/** An event, but none that the generator sent: another kind, or an id made by the broker itself. */
export const notOurs = -1;

export class EventHead {
  /** Number of the event frame looked at last. */
  seq = 0;

  /** The schedule index of the event whose text begins at `start`, `notAnEvent` or `notOurs`. */
  indexOf(bytes: Uint8Array, start: number, end: number): number {
    if (start + seqOffset > end || bytes[start] !== openBrace) return notAnEvent;
    if (bytes[start + 2] !== 0x73 || bytes[start + 3] !== 0x65) return notAnEvent; // "se
    let at = start + seqOffset;
    let seq = 0;
    while (at < end && bytes[at] !== comma) seq = seq * 10 + bytes[at++]! - zero;
    this.seq = seq;
    const id = at + 1 + idOffset;
    if (id + idDigits + 1 > end) return notOurs;
    if (bytes[at + 9] !== 0x67 || bytes[at + 10] !== 0x69) return notOurs; // "kind":"gi
    if (bytes[at + 16] !== 0x69 || bytes[at + 17] !== 0x64 || bytes[id - 1] !== quote) return notOurs; // "id":"
    return idIndex(bytes, id);
  }
}

function idIndex(bytes: Uint8Array, at: number): number {
  if (bytes[at + idDigits] !== quote) return notOurs;
  let index = 0;
  for (let digit = at + idDigits - indexDigits; digit < at + idDigits; digit++) {
    const value = bytes[digit]! - zero;
    if (value < 0 || value > 9) return notOurs;
    index = index * 10 + value;
  }
  return index;
}
