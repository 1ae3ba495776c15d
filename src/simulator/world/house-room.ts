import type { RoomSettings } from './settings.ts';
import type { RoomTruth } from './room-truth.ts';
import type { Sent, Upstream } from './upstream.ts';
import { demand } from './failure.ts';

// What there is of a room beyond the lives of its broker: its configuration, its upstream, what is true of it, and how
// it was left.

/** How its last life ended: `clean` only where the log could say so. */
export type Left = 'never-lived' | 'clean' | 'crash' | 'power-cut';

export class HouseRoom {
  readonly id: string;
  readonly handle: string;
  readonly upstream: Upstream;
  readonly truth: RoomTruth;
  /** Whether its feed can wait: one that cannot loses what finds the queue full. */
  readonly feedWaits: boolean;
  settings: RoomSettings;
  /** Whether the broker is to have it. */
  wanted = true;
  left: Left = 'never-lived';
  /** The disk had refused or cut short a write in the last life. */
  refused = false;
  /** What the log of the last life had called durable. */
  durableSeq = 0;
  /** Whether that life let nobody see what was not synced. */
  seenIsSynced = false;
  /** Gifts that must be in the log, in order. */
  #promised: Sent[] = [];
  /** Ids of corrections that were answered. */
  #corrections: string[] = [];

  constructor(truth: RoomTruth, upstream: Upstream, settings: RoomSettings, feedWaits: boolean) {
    this.id = truth.room.id;
    this.handle = truth.room.handle;
    this.truth = truth;
    this.upstream = upstream;
    this.settings = settings;
    this.feedWaits = feedWaits;
  }

  /** A feed has told that this message is in the log. */
  acknowledged(sent: Sent): void {
    if (sent.gift !== null && !sent.promised) {
      sent.promised = true;
      if (sent.gift.streak === '') this.#isPublished(sent, 'was acknowledged');
      this.#promised.push(sent);
    }
    this.upstream.acknowledge(sent);
  }

  /** An operator was told that this correction is made. */
  corrected(id: string): void {
    this.#corrections.push(id);
    this.#checkCorrections();
  }

  /** The log has come back up to its end. `lossy`: what had been acknowledged may be lost. */
  cameBack(lossy: boolean): void {
    if (!lossy) {
      this.#checkCorrections();
      for (const sent of this.#promised) if (sent.gift!.streak === '') this.#isPublished(sent, 'had been acknowledged');
      return;
    }
    const { seqOfMessage } = this.truth;
    this.#corrections = this.#corrections.filter((id) => seqOfMessage.has(id));
    this.#promised = this.#promised.filter((sent) => (sent.promised = seqOfMessage.has(String(sent.msgId))));
  }

  /** Holds what was published of each streak against what was sent and acknowledged of it. */
  checkStreaks(): void {
    const { truth, upstream, id } = this;
    const counted = new Map<string, { count: number; open: boolean; lastSeq: number; firstSeq: number }>();
    for (const [index, { event }] of truth.events.entries()) {
      if (event.kind !== 'gift' || event.streak === null) continue;
      const key = `${event.user.id}|${event.gift.id}|${event.streak.group}`;
      const known = counted.get(key) ?? { count: 0, open: true, lastSeq: 0, firstSeq: index + 1 };
      counted.set(key, { ...known, count: known.count + event.count, open: event.streak.open, lastSeq: index + 1 });
    }
    const sent = new Map<string, { most: number; least: number }>();
    for (const { gift, told, promised } of upstream.sent.values()) {
      if (gift === null || gift.streak === '') continue;
      const known = sent.get(gift.streak) ?? { most: 0, least: 0 };
      if (told) known.most = Math.max(known.most, gift.total);
      if (promised) known.least += gift.added;
      sent.set(gift.streak, known);
    }
    for (const [key, { most, least }] of sent) {
      const streak = counted.get(key);
      const count = streak?.count ?? 0;
      demand(count >= least, 'streaks', () => `room ${id}: streak ${key} counts ${count}, acknowledged ${least}`);
      // What the log no longer holds the broker cannot remember after a restart.
      if (streak === undefined || streak.firstSeq < truth.rememberedFromSeq) continue;
      demand(count <= most, 'streaks', () => `room ${id}: streak ${key} counts ${count}, sent ${most}`);
      demand(
        !streak.open,
        'streak-ends',
        () => `room ${id}: streak ${key} is open for ever since seq ${streak.lastSeq}`,
      );
    }
  }

  #checkCorrections(): void {
    const { seqOfMessage } = this.truth;
    const lost = this.#corrections.find((id) => !seqOfMessage.has(id));
    demand(lost === undefined, 'acknowledged', () => `room ${this.id}: ${lost} was answered, and is not in the log`);
  }

  #isPublished(sent: Sent, how: string): void {
    const known = this.truth.seqOfMessage.has(String(sent.msgId));
    demand(known, 'acknowledged', () => `room ${this.id}: gift ${sent.msgId} ${how}, and is not in the log`);
  }
}
