import { assert } from '../base/assert.ts';
import type { User } from '../protocol/events.ts';
import { PagedInt32 } from './paged.ts';

// Owns who is who: a small whole number (the gifter) for each user id, given in order of first appearance and never
// taken back, and the newest profile of each as UTF-8 bytes. Boards know gifters only.
// Profiles are bytes in blocks, not objects, so that a million gifters are next to nothing to the garbage collector:
// what a profile replaces stays as a hole in its block, and a block that is more hole than profile is emptied into the
// newest one. Bounded by limits.giftersMax (the ranking asks `full` first) and userCharsMax a profile; bytes at most
// twice the live ones.

/** Characters of id, handle, name and avatar together that a profile may have: each is a few hundred at most. */
export const userCharsMax = 5_000;

const blockBytes = 65_536;
/**
 * A record: gifter, then the bytes of id, handle, name and avatar (16 bits each), then those texts, up to the next
 * multiple of 4.
 */
const headerBytes = 12;
const shardCount = 256;
/** First byte of a code point in UTF-8 by the number of bytes that follow. */
const leadBits = [0, 0xc0, 0xe0, 0xf0];

export class Roster {
  readonly #giftersMax: number;
  /** Many maps instead of one: a map doubles in one go, and the pause of that grows with the map. */
  readonly #gifters: Map<string, number>[] = Array.from({ length: shardCount }, () => new Map());
  #size = 0;
  readonly #blocks: Buffer[] = [];
  /** By block: bytes of records that were replaced. */
  readonly #holes: number[] = [];
  readonly #free: number[] = [];
  #block = -1;
  #tail = blockBytes;
  /** By gifter: (block, offset / 4) of its record in one number. */
  readonly #places = new PagedInt32();

  constructor(giftersMax: number) {
    this.#giftersMax = giftersMax;
  }

  /** Gifters known. */
  get size(): number {
    return this.#size;
  }

  /** True when no new gifter can be taken in. */
  get full(): boolean {
    return this.#size >= this.#giftersMax;
  }

  /** The gifter of this user id; -1 when it has not been met. */
  find(id: string): number {
    return this.#gifters[shardOf(id)]!.get(id) ?? -1;
  }

  /** Takes in a new user, or the newest profile of a known one, and returns the gifter. */
  put(user: User): number {
    const known = this.find(user.id);
    if (known >= 0 && this.#isSame(known, user)) return known;
    assert(known >= 0 || !this.full, 'the ranking asks whether the roster is full');
    const length = this.#write(user, known < 0 ? this.#size : known);
    const at = this.#tail;
    const place = (this.#block * blockBytes + at) >> 2;
    this.#tail += length;
    if (known >= 0) {
      this.#replace(known, place);
      return known;
    }
    const gifter = this.#size++;
    this.#places.set(gifter, place);
    // The key is a string of its own: a piece of a larger one would keep all of that alive.
    const id = this.#text(
      this.#blocks[this.#block]!,
      at + headerBytes,
      this.#blocks[this.#block]!.readUInt16LE(at + 4),
    );
    this.#gifters[shardOf(id)]!.set(id, gifter);
    return gifter;
  }

  /** The newest profile of a gifter: a new object, for rows that are shown. */
  user(gifter: number): User {
    assert(gifter >= 0 && gifter < this.#size, 'the gifter is in the roster');
    const place = this.#places.get(gifter);
    const block = this.#blocks[blockOf(place)]!;
    const at = offsetOf(place);
    const idBytes = block.readUInt16LE(at + 4);
    const handleBytes = block.readUInt16LE(at + 6);
    const nameBytes = block.readUInt16LE(at + 8);
    const avatarBytes = block.readUInt16LE(at + 10);
    const handleAt = at + headerBytes + idBytes;
    const nameAt = handleAt + handleBytes;
    return {
      id: this.#text(block, at + headerBytes, idBytes),
      handle: this.#text(block, handleAt, handleBytes),
      name: this.#text(block, nameAt, nameBytes),
      avatar: this.#text(block, nameAt + nameBytes, avatarBytes),
    };
  }

  /** A number that changes whenever the profile of the gifter does (and now and then without that). */
  profileOf(gifter: number): number {
    return this.#places.get(gifter);
  }

  /** Bytes in blocks, holes and free room included. */
  get heldBytes(): number {
    return this.#blocks.length * blockBytes;
  }

  /** Bytes that `save` writes. */
  savedBytes(): number {
    let bytes = 0;
    for (let gifter = 0; gifter < this.#size; gifter++) bytes += this.#recordBytes(this.#places.get(gifter));
    return bytes;
  }

  /** Writes all profiles in order into `into` from `at`, and returns where it ended. */
  save(into: Buffer, at: number): number {
    let to = at;
    for (let gifter = 0; gifter < this.#size; gifter++) {
      const place = this.#places.get(gifter);
      const from = offsetOf(place);
      to += this.#blocks[blockOf(place)]!.copy(into, to, from, from + this.#recordBytes(place));
    }
    return to;
  }

  /** Takes in what `save` wrote in [at, end), into an empty roster. False when it is not that. */
  load(from: Buffer, at: number, end: number): boolean {
    assert(this.#size === 0, 'only an empty roster is loaded');
    let next = at;
    while (next < end) {
      const length = next + headerBytes <= end ? recordLength(from, next) : Number.POSITIVE_INFINITY;
      if (next + length > end || length > blockBytes || this.full) return false;
      if (from.readInt32LE(next) !== this.#size) return false;
      if (this.#tail + length > blockBytes) this.#nextBlock();
      from.copy(this.#blocks[this.#block]!, this.#tail, next, next + length);
      const id = this.#text(from, next + headerBytes, from.readUInt16LE(next + 4));
      if (this.find(id) >= 0) return false;
      this.#places.set(this.#size, (this.#block * blockBytes + this.#tail) >> 2);
      this.#gifters[shardOf(id)]!.set(id, this.#size++);
      this.#tail += length;
      next += length;
    }
    return true;
  }

  /** Writes a record at the tail and returns its length. */
  #write(user: User, gifter: number): number {
    const chars = user.id.length + user.handle.length + user.name.length + user.avatar.length;
    assert(chars <= userCharsMax, 'a profile has at most userCharsMax characters');
    if (this.#tail + headerBytes + 3 * chars + 3 > blockBytes) this.#nextBlock();
    const block = this.#blocks[this.#block]!;
    const at = this.#tail;
    let end = at + headerBytes;
    const idBytes = block.write(user.id, end, 'utf8');
    end += idBytes;
    const handleBytes = block.write(user.handle, end, 'utf8');
    end += handleBytes;
    const nameBytes = block.write(user.name, end, 'utf8');
    end += nameBytes;
    const avatarBytes = block.write(user.avatar, end, 'utf8');
    end += avatarBytes;
    block.writeInt32LE(gifter, at);
    block.writeUInt16LE(idBytes, at + 4);
    block.writeUInt16LE(handleBytes, at + 6);
    block.writeUInt16LE(nameBytes, at + 8);
    block.writeUInt16LE(avatarBytes, at + 10);
    // The padding is saved too: it must not be what happened to lie there.
    while ((end & 3) !== 0) block[end++] = 0;
    return end - at;
  }

  /** Nearly every gift comes with the profile that is known: it is compared where it lies, and nothing is written. */
  #isSame(gifter: number, user: User): boolean {
    const place = this.#places.get(gifter);
    const block = this.#blocks[blockOf(place)]!;
    const at = offsetOf(place);
    const handleBytes = block.readUInt16LE(at + 6);
    const nameBytes = block.readUInt16LE(at + 8);
    const handleAt = at + headerBytes + block.readUInt16LE(at + 4);
    const nameAt = handleAt + handleBytes;
    return (
      isText(block, handleAt, handleBytes, user.handle) &&
      isText(block, nameAt, nameBytes, user.name) &&
      isText(block, nameAt + nameBytes, block.readUInt16LE(at + 10), user.avatar)
    );
  }

  #replace(gifter: number, place: number): void {
    const before = this.#places.get(gifter);
    this.#places.set(gifter, place);
    const block = blockOf(before);
    this.#holes[block]! += this.#recordBytes(before);
    if (block !== this.#block) this.#emptyIfHollow(block);
  }

  /** Carries what is alive in a block of holes to the tail: at most half a block, a few hundred profiles. */
  #emptyIfHollow(gone: number): void {
    if (this.#holes[gone]! <= blockBytes >> 1) return;
    const from = this.#blocks[gone]!;
    // A block ends where no record can begin: a gifter of -1 is written there.
    for (let at = 0; at + headerBytes <= blockBytes && from.readInt32LE(at) >= 0;) {
      const length = recordLength(from, at);
      const gifter = from.readInt32LE(at);
      if (this.#places.get(gifter) === (gone * blockBytes + at) >> 2) {
        if (this.#tail + length > blockBytes) this.#nextBlock();
        from.copy(this.#blocks[this.#block]!, this.#tail, at, at + length);
        this.#places.set(gifter, (this.#block * blockBytes + this.#tail) >> 2);
        this.#tail += length;
      }
      at += length;
    }
    this.#free.push(gone);
  }

  #nextBlock(): void {
    if (this.#block >= 0 && this.#tail + 4 <= blockBytes) this.#blocks[this.#block]!.writeInt32LE(-1, this.#tail);
    const left = this.#block;
    this.#block = this.#free.pop() ?? this.#blocks.push(Buffer.alloc(blockBytes)) - 1;
    this.#holes[this.#block] = 0;
    this.#tail = 0;
    if (left >= 0) this.#emptyIfHollow(left);
  }

  #recordBytes(place: number): number {
    return recordLength(this.#blocks[blockOf(place)]!, offsetOf(place));
  }

  #text(block: Buffer, at: number, bytes: number): string {
    return block.toString('utf8', at, at + bytes);
  }
}

function shardOf(id: string): number {
  // The last characters of ids differ most; a code beyond the string is NaN, which the mask makes 0.
  const end = id.length;
  return (id.charCodeAt(end - 1) + 10 * id.charCodeAt(end - 2) + 100 * id.charCodeAt(end - 3)) & (shardCount - 1);
}

/** True when `length` bytes are this text in UTF-8. Half a surrogate pair is written as U+FFFD. */
function isText(bytes: Buffer, at: number, length: number, text: string): boolean {
  let next = at;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      if (bytes[next++] !== unit) return false;
      continue;
    }
    let code = text.codePointAt(index)!;
    if (code > 0xffff) index++;
    else if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    const follow = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const lead = leadBits[follow]!;
    if (bytes[next++] !== (lead | (code >> (6 * follow)))) return false;
    for (let shift = 6 * (follow - 1); shift >= 0; shift -= 6) {
      if (bytes[next++] !== (0x80 | ((code >> shift) & 0x3f))) return false;
    }
  }
  return next === at + length;
}

function blockOf(place: number): number {
  return place >>> 14;
}

function offsetOf(place: number): number {
  return (place & 0x3fff) << 2;
}

function recordLength(block: Buffer, at: number): number {
  const texts =
    block.readUInt16LE(at + 4) + block.readUInt16LE(at + 6) + block.readUInt16LE(at + 8) + block.readUInt16LE(at + 10);
  return (headerBytes + texts + 3) & ~3;
}
