import type { HelloFrame } from '../protocol/frames.ts';
import { frameHeaderBytes, payloadBytesAt } from '../protocol/websocket-frame.ts';

// Turns what WebSockets get into what an event stream gets: each text frame becomes
//
//   id: <epoch>:<seq>        (events and snapshots: where to resume; the browser sends it back as Last-Event-ID)
//   data: <the same JSON>
//
// Everybody who keeps up is handed the same bytes (delivery's ready-pieces.ts), several of them in turn where what is
// ready crosses segments of the ring. So the last few results are kept: one conversion of each for all of them. Bounded
// by keptMax: whoever is elsewhere in the ring has its own made, and the oldest goes.

const eventStart = /^\{"seq":(\d{1,16})[,}]/;
/** As the rooms write it: kind, epoch, seq, then the view (SnapshotFrame). */
const snapshotStart = /^\{"kind":"snapshot","epoch":"([A-Za-z0-9_-]{1,32})","seq":(\d{1,16})[,}]/;
const helloStart = '{"kind":"hello",';

/** What one connection may be sent in a flush: that it lagged, a snapshot, and events of up to four segments. */
const keptMax = 6;

/** Bytes that were converted, and what came of them. */
interface Converted {
  readonly bytes: Uint8Array;
  readonly text: Buffer;
}

export class EventStreamText {
  /**
   * Epoch of the room's stream, learnt from hello and snapshot frames; '' before the first. One room, one epoch at a
   * time.
   */
  #epoch = '';
  /** Those asked for last first; what nobody has asked for for longest goes. */
  readonly #kept: Converted[] = [];

  /** The text for `bytes`, which are whole frames as the server writes them: final, unmasked, text. */
  convert(bytes: Uint8Array): Buffer {
    const kept = this.#kept;
    let index = 0;
    while (index < kept.length && kept[index]!.bytes !== bytes) index++;
    const converted = kept[index] ?? { bytes, text: this.#convert(bytes) };
    for (index = Math.min(index, keptMax - 1); index > 0; index--) kept[index] = kept[index - 1]!;
    kept[0] = converted;
    return converted.text;
  }

  #convert(bytes: Uint8Array): Buffer {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let text = '';
    for (let at = 0; at < buffer.length;) {
      const payloadBytes = payloadBytesAt(buffer, at);
      const headerBytes = frameHeaderBytes(payloadBytes);
      text += this.#event(buffer.toString('utf8', at + headerBytes, at + headerBytes + payloadBytes));
      at += headerBytes + payloadBytes;
    }
    return Buffer.from(text);
  }

  #event(json: string): string {
    const event = eventStart.exec(json);
    if (event !== null)
      return this.#epoch === '' ? `data: ${json}\n\n` : `id: ${this.#epoch}:${event[1]}\ndata: ${json}\n\n`;
    const snapshot = snapshotStart.exec(json);
    if (snapshot !== null) {
      this.#epoch = snapshot[1]!;
      return `id: ${snapshot[1]}:${snapshot[2]}\ndata: ${json}\n\n`;
    }
    // A hello tells where the room is, not what this client has: no place to resume from.
    if (json.startsWith(helloStart)) this.#epoch = (JSON.parse(json) as HelloFrame).epoch;
    return `data: ${json}\n\n`;
  }
}
