import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { Journals, realDisk, saveSnapshot } from '../../src/journal/journal.ts';
import type { GiftEvent, MeksEvent, User } from '../../src/protocol/events.ts';
import { encodeEventFrame } from '../../src/protocol/frames.ts';
import { limits } from '../../src/protocol/limits.ts';
import { Ranking } from '../../src/ranking/ranking.ts';

// A day's log as a room leaves it: a third gifts by up to 50,000 people, the rest chats, likes and joins, ranked by the
// ranking itself, with a snapshot as old as one can be when a process is killed.

/** The id that `serve --webcast` gives a room. */
export const pastRoom = 'webcast';

/** Writes the log of `events` below the data folder `data`. Its writer is left open, as a crash finds it. */
export async function writePast(data: string, events: number): Promise<void> {
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory: data });
  const recovered = journals.recover(pastRoom, { load: () => true, apply: () => undefined, hole: () => undefined });
  const journal = await journals.open(recovered, { sync: { kind: 'interval', ms: 50 } });
  const ranking = new Ranking({ room: { id: pastRoom, handle: pastRoom } });
  const snapshotSeq = Math.max(1, events - limits.journalSnapshotEvents.value + 1);
  const next = makeEvents();
  for (let seq = 1; seq <= events;) {
    while (seq <= events && journal.admits()) {
      const event = next(seq);
      ranking.apply(seq, event);
      journal.append(seq, Buffer.from(encodeEventFrame(seq, event)));
      if (seq === snapshotSeq) await snapshot(journals, journal, ranking, seq);
      seq++;
    }
    journal.commit();
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
  while (journal.sendable() <= events) await new Promise<void>((resolve) => systemClock.soon(resolve));
}

type OpenJournal = Awaited<ReturnType<Journals['open']>>;

async function snapshot(journals: Journals, journal: OpenJournal, ranking: Ranking, seq: number): Promise<void> {
  journal.commit();
  while (journal.sendable() <= seq) await new Promise<void>((resolve) => systemClock.soon(resolve));
  const meta = { room: pastRoom, epoch: journal.epoch, seq, createdAt: systemClock.wallMs() };
  saveSnapshot(realDisk, journals.directoryOf(pastRoom), meta, [ranking.save()]);
}

const peopleMax = 50_000;
const prices = [1, 1, 1, 5, 10, 99];

function person(who: number): User {
  const avatar = `https://p16.example/img/${who}~tplv-tiktokx-cropcenter:100:100.webp`;
  return { id: `7000000000000${who}`, handle: `user${who}`, name: `User ${who}`, avatar };
}

function makeEvents(): (seq: number) => MeksEvent {
  const random = seededRandom(1);
  return (seq) => {
    // A few give most of the time.
    const user = person(Math.floor(peopleMax * random.next() ** 3));
    const base = { id: `74${seq}`, at: 1_700_000_000_000 + seq * 8, user };
    const roll = seq % 9;
    if (roll < 3) return gift(base, seq, random);
    if (roll < 6) return { kind: 'chat', ...base, text: `message number ${seq}`, language: 'en' };
    if (roll < 8) return { kind: 'like', ...base, count: 3, total: seq };
    return { kind: 'join', ...base, viewers: 900 };
  };
}

function gift(base: Pick<GiftEvent, 'id' | 'at' | 'user'>, seq: number, random: Random): GiftEvent {
  const price = random.pick(prices);
  return {
    kind: 'gift',
    ...base,
    gift: { id: String(5000 + price), name: `Gift ${price}`, price, type: 1 },
    count: 1,
    diamonds: price,
    streak: { group: `g${seq}`, total: 1, open: false, joined: false },
    receiver: '',
    multiplier: 1,
    standing: null,
    battle: null,
  };
}
