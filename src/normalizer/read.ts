import { limits } from '../protocol/limits.ts';
import type { User } from '../protocol/events.ts';
import { noIdPattern } from '../protocol/raw.ts';
import { knownUser } from './known.ts';
import type { BattleUser, Image, User as WireUser } from '../protocol/webcast/webcast_pb.ts';

// From what upstream says to what MEKS believes: ids, texts, times, users. Pure functions; none of them throws.

/** Control characters, and those that change the direction of reading: a name must not rearrange a dashboard. */
const unwanted = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;
const unwantedAll = new RegExp(unwanted.source, 'g');

/** The id, or '' where upstream left it out (0) or sent nonsense (below zero). */
export function readId(id: string): string {
  return id === '0' || id.charCodeAt(0) === 45 ? '' : id;
}

/** An id that upstream writes as text, or '' where that is no id. */
export function readTextId(id: string): string {
  return /^[1-9][0-9]{0,19}$/.test(id) ? id : '';
}

const envelopeIdCharsMax = 64;

/** An id that another program may have chosen: short, and without the mark that parts an event's number from it. */
export function readEnvelopeId(id: string): string {
  if (id.length > envelopeIdCharsMax || id.includes(':') || unwanted.test(id))
    return id.slice(0, envelopeIdCharsMax).replaceAll(':', '_').replaceAll(unwantedAll, '_');
  return noIdPattern.test(id) ? '' : id;
}

/** `text` without control characters and lone surrogates, at most `charsMax` long: cut at a code point, ending in …. */
export function readText(text: string, charsMax: number = limits.textCharsMax.value): string {
  // What will be cut off anyway is not cleaned first: a megabyte of control characters would cost a frame.
  let clean = text.length > 2 * charsMax ? text.slice(0, 2 * charsMax) : text;
  if (unwanted.test(clean)) clean = clean.replaceAll(unwantedAll, ' ').trim();
  if (!clean.isWellFormed()) clean = clean.toWellFormed();
  if (clean.length <= charsMax) return clean;
  let end = charsMax - 1;
  // A pair is never cut in half.
  if ((clean.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
  // A part of a string keeps the whole of it in memory: names stay on boards for hours.
  return Buffer.from(`${clean.slice(0, end)}…`).toString();
}

/** A name or handle. */
export function readName(name: string): string {
  return readText(name, limits.nameCharsMax.value);
}

/** The first address of a picture when it is an https one of bearable length, or ''. */
export function readPicture(image: Image | undefined): string {
  const url = image === undefined ? undefined : image.urlList[0];
  if (url === undefined || url.length > limits.urlCharsMax.value || !url.startsWith('https://')) return '';
  return unwanted.test(url) || !url.isWellFormed() ? '' : url;
}

/** A viewer, gifter, host or guest; null when upstream does not say who. */
export function readUser(user: WireUser | undefined): User | null {
  if (user === undefined) return null;
  const id = readId(user.id);
  if (id === '') return null;
  return knownUser(id, readName(user.displayId), readName(user.nickname), readPicture(user.avatarThumb));
}

/** A person inside of battle messages; null when upstream does not say who. */
export function readBattleUser(user: BattleUser | undefined): User | null {
  if (user === undefined) return null;
  const id = readId(user.userId);
  if (id === '') return null;
  return battlePerson(knownUser(id, readName(user.displayId), readName(user.nickname), readPicture(user.avatarThumb)));
}

/** A person as an event of a battle has room for: without the picture where the profile would be too long for that. */
export function battlePerson(user: User): User {
  const fits = Buffer.byteLength(JSON.stringify(user)) <= limits.battlePersonBytesMax.value;
  return fits ? user : { ...user, avatar: '' };
}

/** 2015: before TikTok's forerunner went live. */
const timeMin = 1_420_070_400_000;
const dayMs = 86_400_000;

/**
 * Unix ms of a time that upstream wrote in ms or (WebcastRoomMessage) in seconds. 0 = not said, or no time at all:
 * before 2015 or more than a day after `receivedAt`, the arrival.
 */
export function readTime(time: string, receivedAt: number): number {
  let at = Number(time);
  if (at > 0 && at < 10_000_000_000) at *= 1000;
  return at >= timeMin && at <= receivedAt + dayMs ? at : 0;
}

/** 64 bits of FNV-1a over the method name and bytes, as 16 hexadecimal digits: the id of a message that has none. */
export function contentHash(method: string, bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let index = 0; index < method.length; index++) {
    a = Math.imul(a ^ method.charCodeAt(index), 0x01000193);
    b = Math.imul(b ^ method.charCodeAt(index), 0x85ebca6b) ^ (b >>> 13);
  }
  for (let index = 0; index < bytes.length; index++) {
    a = Math.imul(a ^ bytes[index]!, 0x01000193);
    b = Math.imul(b ^ bytes[index]!, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
