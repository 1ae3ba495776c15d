import type { Random } from '../../base/random.ts';
import { decimal } from './people.ts';
import { Fields } from './wire.ts';

// What every Webcast message begins with: `common`, and the display text from which apps build the line in the chat.

/** A message before it leaves the scripted LIVE. */
export interface Draft {
  readonly method: string;
  readonly msgId: string;
  readonly payload: Uint8Array;
}

export class Envelopes {
  readonly roomId: string;
  readonly #random: Random;
  /** Eight digits of the start: another start of the same script is another LIVE, whose messages are no duplicates. */
  readonly #stamp: string;
  #count = 0;

  /** `startAt`: when the LIVE began, Unix ms; ids repeat after 115 days. */
  constructor(random: Random, startAt: number) {
    this.#random = random;
    this.#stamp = String(Math.floor(startAt / 100) % 100_000_000).padStart(8, '0');
    this.roomId = this.freshId();
  }

  /**
   * Begins a message whose creation is at `createdAt` (Unix ms): number 1, `common`. Ids are unique, 19 digits, and not
   * in the order of time, as upstream's.
   */
  begin(
    method: string,
    createdAt: number,
    display?: { readonly text: Uint8Array; readonly describe: string },
  ): OpenDraft {
    const count = String(++this.#count).padStart(8, '0');
    const msgId = `7${decimal(this.#random, 5).slice(0, 2)}${this.#stamp}${count}`;
    const common = new Fields().text(1, method).id(2, msgId).id(3, this.roomId).int(4, createdAt);
    common.int(6, 1);
    if (display !== undefined) common.text(7, display.describe).part(8, display.text);
    common.int(9, 1).int(10, 2).int(22, 5).int(23, 1).int(24, 2);
    return new OpenDraft(method, msgId, new Fields().part(1, common.bytes()));
  }

  /** A battle's id, or any other that upstream takes from its one sequence. */
  freshId(): string {
    return `73${decimal(this.#random, 17).slice(0, 9)}${this.#stamp}`;
  }
}

export class OpenDraft {
  readonly method: string;
  readonly msgId: string;
  readonly body: Fields;

  constructor(method: string, msgId: string, body: Fields) {
    this.method = method;
    this.msgId = msgId;
    this.body = body;
  }

  done(): Draft {
    return { method: this.method, msgId: this.msgId, payload: this.body.bytes() };
  }
}

/** A display text: key, pattern, format and pieces. */
export function displayText(key: string, pattern: string, pieces: readonly Uint8Array[]): Uint8Array {
  const fields = new Fields()
    .text(1, key)
    .text(2, pattern)
    .part(3, new Fields().text(1, '#ffffffff').int(4, 400).bytes());
  for (const piece of pieces) fields.part(4, piece);
  return fields.bytes();
}

/** A piece that shows a user: it repeats the whole User message. */
export function userPiece(user: Uint8Array): Uint8Array {
  return new Fields().int(1, 11).part(21, new Fields().part(1, user).bytes()).bytes();
}

export function giftPiece(giftId: number, name: string): Uint8Array {
  const ref = new Fields().text(1, `gift_name_${giftId}`).text(2, name);
  return new Fields().int(1, 12).part(22, new Fields().int(1, giftId).part(2, ref.bytes()).bytes()).bytes();
}

export function textPiece(text: string): Uint8Array {
  return new Fields().int(1, 1).text(11, text).bytes();
}
