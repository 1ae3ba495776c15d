import type { SideName } from '../protocol/corrections.ts';
import { operatorLimits } from '../protocol/operator-limits.ts';
import { aligned, type ByteReader, type ByteWriter } from './bytes.ts';
import { PagedFloat64, PagedInt32 } from './paged.ts';

// Owns what a correction needs to know of a gift that it names: who gave it, what it was worth, to whom, and which side
// of which battle it counts for. By the id of the gift's event, of this session. Numbers alone: an id is kept as 64
// bits of it, so that a gift costs the garbage collector nothing.
// Bounded: limits.giftsNamedMax gifts, at which the oldest is forgotten; limits.giftSidesNamedMax battle sides and
// as many receivers, at which further ones are not named.

/** A gift as corrections see it now. */
export interface NamedGift {
  readonly seq: number;
  readonly gifter: number;
  /** 0 = it was voided. */
  readonly diamonds: number;
  readonly receiver: string;
  /** null = it counts for no battle. */
  readonly side: SideName | null;
}

const giftsMax = operatorLimits.giftsNamedMax.value;
const slotMask = giftsMax - 1;

export class GiftIndex {
  readonly #low = new PagedInt32();
  readonly #high = new PagedInt32();
  readonly #seq = new PagedFloat64();
  readonly #gifter = new PagedInt32();
  readonly #diamonds = new PagedFloat64();
  readonly #receiver = new PagedInt32();
  /** Number of the side + 1; 0 = none. */
  readonly #side = new PagedInt32();
  /** Gifts taken in, in all: the newest is in slot (head - 1) & slotMask. */
  #head = 0;
  #receivers: string[] = [''];
  #sides: SideName[] = [];
  readonly #receiverNumbers = new Map<string, number>([['', 0]]);
  /** By battle, by side: so that no text is made for a gift. */
  readonly #sideNumbers = new Map<string, Map<string, number>>();

  clear(): void {
    this.#head = 0;
    this.#receivers = [''];
    this.#sides = [];
    this.#receiverNumbers.clear();
    this.#receiverNumbers.set('', 0);
    this.#sideNumbers.clear();
  }

  /** Takes in a gift that was counted; battle and side as '' where it counts for none. */
  put(
    id: string,
    seq: number,
    gifter: number,
    diamonds: number,
    receiver: string,
    battleId: string,
    sideId: string,
  ): void {
    const to = this.#receiverNumber(receiver);
    const side = battleId === '' ? 0 : this.#sideNumber(battleId, sideId) + 1;
    if (to < 0 || side < 0) return;
    const slot = this.#head++ & slotMask;
    this.#low.set(slot, lowHash(id));
    this.#high.set(slot, highHash(id));
    this.#seq.set(slot, seq);
    this.#gifter.set(slot, gifter);
    this.#diamonds.set(slot, diamonds);
    this.#receiver.set(slot, to);
    this.#side.set(slot, side);
  }

  /** The gift with this event id; null = not of this session, too old, or none. */
  find(id: string): NamedGift | null {
    const slot = this.#slotOf(id);
    if (slot < 0) return null;
    const side = this.#side.get(slot);
    return {
      seq: this.#seq.get(slot),
      gifter: this.#gifter.get(slot),
      diamonds: this.#diamonds.get(slot),
      receiver: this.#receivers[this.#receiver.get(slot)]!,
      side: side === 0 ? null : this.#sides[side - 1]!,
    };
  }

  /** The gift is worth this from now on: 0 once it was voided. */
  setDiamonds(id: string, diamonds: number): void {
    const slot = this.#slotOf(id);
    if (slot >= 0) this.#diamonds.set(slot, diamonds);
  }

  /** The gift counts for this side from now on; null = for none. */
  setSide(id: string, side: SideName | null): void {
    const slot = this.#slotOf(id);
    if (slot < 0) return;
    const number = side === null ? 0 : this.#sideNumber(side.battleId, side.sideId) + 1;
    // A side too many: the gift cannot be named any more, which is better than to name a wrong side.
    if (number < 0) this.#seq.set(slot, 0);
    else this.#side.set(slot, number);
  }

  /** What was told as this receiver turns out to be the room's host. */
  joinReceiver(id: string): void {
    const number = this.#receiverNumbers.get(id);
    if (number === undefined) return;
    this.#receivers[number] = '';
    this.#receiverNumbers.delete(id);
  }

  /** Newest first: among gifts of one id, which a broken upstream may send, the newest is meant. */
  #slotOf(id: string): number {
    const low = lowHash(id);
    const high = highHash(id);
    for (let gift = this.#head - 1; gift >= Math.max(0, this.#head - giftsMax); gift--) {
      const slot = gift & slotMask;
      if (this.#low.get(slot) === low && this.#high.get(slot) === high && this.#seq.get(slot) > 0) return slot;
    }
    return -1;
  }

  #receiverNumber(receiver: string): number {
    const known = this.#receiverNumbers.get(receiver);
    if (known !== undefined) return known;
    if (this.#receivers.length >= operatorLimits.giftSidesNamedMax.value) return -1;
    this.#receiverNumbers.set(receiver, this.#receivers.length);
    return this.#receivers.push(receiver) - 1;
  }

  /** -2 = there are too many. */
  #sideNumber(battleId: string, sideId: string): number {
    let ofBattle = this.#sideNumbers.get(battleId);
    if (ofBattle === undefined) this.#sideNumbers.set(battleId, (ofBattle = new Map<string, number>()));
    const known = ofBattle.get(sideId);
    if (known !== undefined) return known;
    if (this.#sides.length >= operatorLimits.giftSidesNamedMax.value) return -2;
    ofBattle.set(sideId, this.#sides.length);
    return this.#sides.push({ battleId, sideId }) - 1;
  }

  /** Receivers and sides by number: what `load` needs beside the bytes. */
  savedNames(): SavedGiftNames {
    return { receivers: this.#receivers, sides: this.#sides };
  }

  /** Bytes that `save` writes. */
  savedBytes(): number {
    const count = Math.min(this.#head, giftsMax);
    return 8 + 2 * 8 * count + 5 * aligned(4 * count);
  }

  /** Oldest first, whatever slots they are in: the same gifts give the same bytes. */
  save(writer: ByteWriter): void {
    const count = Math.min(this.#head, giftsMax);
    writer.float64(count);
    const floats = [this.#seq, this.#diamonds] as const;
    const integers = [this.#low, this.#high, this.#gifter, this.#receiver, this.#side] as const;
    for (const from of floats) this.#copy(from, writer.float64s(count));
    for (const from of integers) this.#copy(from, writer.int32s(count));
  }

  load(reader: ByteReader, names: SavedGiftNames): void {
    this.clear();
    this.#head = reader.float64();
    const count = this.#head;
    for (const into of [this.#seq, this.#diamonds]) fill(into, reader.float64s(count));
    for (const into of [this.#low, this.#high, this.#gifter, this.#receiver, this.#side])
      fill(into, reader.int32s(count));
    this.#receivers = [...names.receivers];
    for (const [number, receiver] of names.receivers.entries()) {
      if (receiver !== '' || number === 0) this.#receiverNumbers.set(receiver, number);
    }
    for (const { battleId, sideId } of names.sides) this.#sideNumber(battleId, sideId);
  }

  #copy(from: PagedFloat64 | PagedInt32, into: Float64Array | Int32Array): void {
    const first = Math.max(0, this.#head - giftsMax);
    for (let index = 0; index < into.length; index++) into[index] = from.get((first + index) & slotMask);
  }
}

export interface SavedGiftNames {
  readonly receivers: readonly string[];
  readonly sides: readonly SideName[];
}

function fill(into: PagedFloat64 | PagedInt32, from: Float64Array | Int32Array): void {
  for (let index = 0; index < from.length; index++) into.set(index, from[index]!);
}

/** 32 bits of a text (FNV-1a); the other 32 go over it with another start and another multiplier. */
function lowHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash | 0;
}

function highHash(text: string): number {
  let hash = 0x1b873593;
  for (let at = text.length - 1; at >= 0; at--)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1e995) ^ (hash >>> 13);
  return hash | 0;
}
