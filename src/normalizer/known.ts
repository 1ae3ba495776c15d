import type { GiftInfo, User } from '../protocol/events.ts';

// Owns the people and gifts that were met lately, so that what is said of them again and again is one object and not a
// new one with each message: what a streak, a board row or a recent gift holds on to is then shared and old, and the
// collector has nothing to carry. One for the process; the objects are never written to.
//
// Bounded by places, of which an id has one. Whoever is met for the first time only leaves a mark there; the second
// time in a row takes the place over. So a crowd of passers-by displaces nobody.

const peoplePlaces = 4_096;
const giftPlaces = 256;

const people: (User | null)[] = Array.from({ length: peoplePlaces }, () => null);
const peopleMarks = new Int32Array(peoplePlaces);
const gifts: (GiftInfo | null)[] = Array.from({ length: giftPlaces }, () => null);

/** The user with these facts: the one made before where nothing has changed. */
export function knownUser(id: string, handle: string, name: string, avatar: string): User {
  const mark = markOf(id);
  const place = mark & (peoplePlaces - 1);
  const known = people[place]!;
  if (known !== null && known.id === id) {
    if (known.handle === handle && known.name === name && known.avatar === avatar) return known;
    return (people[place] = { id, handle, name, avatar });
  }
  const user = { id, handle, name, avatar };
  if (peopleMarks[place] === mark) people[place] = user;
  else peopleMarks[place] = mark;
  return user;
}

/** The gift with these facts: the one made before where nothing has changed. */
export function knownGift(id: string, name: string, price: number, type: number): GiftInfo {
  const place = markOf(id) & (giftPlaces - 1);
  const known = gifts[place]!;
  if (known !== null && known.id === id && known.price === price && known.type === type && known.name === name)
    return known;
  return (gifts[place] = { id, name, price, type });
}

/** FNV-1a over the characters. */
function markOf(id: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x0100_0193);
  return hash ^ (hash >>> 15);
}
