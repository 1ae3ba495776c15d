import type { Random } from '../../base/random.ts';
import type { BattleFacts, Heading, Person } from './messages.ts';
import * as say from './messages.ts';

// One LIVE as its viewers make it: who gives what, streaks that go on and end or do not, battles with points. Makes one
// message at a time when asked. Owns the open streaks and the battle. Bounded: streaksMax.

/** A message before it is sent. */
export interface Draft {
  readonly method: string;
  readonly msgId: number;
  readonly payload: Uint8Array;
  /** What it means for boards; null where it is no gift. */
  readonly gift: SentGift | null;
  /** Ids that the broker remembers of it; 0 = it is not understood, and not remembered. */
  readonly ids: number;
}

export interface SentGift {
  /** Sender, gift and group; '' = it belongs to no streak. */
  readonly streak: string;
  /** Running total that it tells, or how many. */
  readonly total: number;
  readonly added: number;
}

interface OpenStreak {
  readonly sender: Person;
  readonly giftId: number;
  readonly price: number;
  readonly group: number;
  total: number;
  left: number;
  /** An end mark comes. */
  readonly ends: boolean;
}

const streaksMax = 12;
const prices = [1, 1, 1, 5, 10, 99, 500] as const;

export interface LiveOptions {
  readonly random: Random;
  readonly wallMs: () => number;
  readonly room: number;
  readonly people: number;
  /** Whether messages come that nobody can understand. */
  readonly junk: boolean;
}

export class LiveScript {
  readonly #options: LiveOptions;
  readonly #random: Random;
  readonly #people: readonly Person[];
  readonly #hostId: number;
  #liveId: number;
  #messages = 0;
  #groups = 0;
  #likes = 0;
  #battles = 0;
  #streaks: OpenStreak[] = [];
  #battle: (BattleFacts & { points: [number, number] }) | null = null;
  #lap: BattleFacts | null = null;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#random = options.random;
    const { room } = options;
    this.#hostId = 690_000_000_000_000 + room;
    this.#liveId = 730_000_000_000_000 + room * 1_000_000;
    this.#people = Array.from({ length: options.people }, (_, index) => ({
      id: 70_000_000_000 + room * 1_000_000 + index,
      name: `Viewer ${index}`,
    }));
  }

  /** What happens next, at random. `busy`: gifts more than anything else. */
  next(busy: boolean): Draft {
    const random = this.#random;
    const roll = random.next();
    if (roll < (busy ? 0.45 : 0.25)) return this.#tick() ?? this.#begin();
    if (roll < (busy ? 0.65 : 0.4)) return this.#begin();
    if (roll < (busy ? 0.85 : 0.55)) return this.#whole();
    if (roll < 0.88) return this.#battleNews() ?? this.#whole();
    if (roll < 0.9 && this.#options.junk) return this.#junk();
    return this.#murmur();
  }

  /** The end of this LIVE, and of all that was open in it. The next message is of another. */
  end(): Draft {
    const draft = this.#draft('WebcastControlMessage', say.endedBytes);
    this.#liveId += 2;
    this.#streaks = [];
    this.#battle = null;
    this.#lap = null;
    return draft;
  }

  /** Everything that is open ends, as far as it ends at all. */
  finish(): Draft[] {
    const drafts: Draft[] = [];
    while (this.#streaks.length > 0) {
      const draft = this.#endStreak(0);
      if (draft !== null) drafts.push(draft);
    }
    return drafts;
  }

  #draft(method: string, write: (heading: Heading) => Uint8Array, gift: SentGift | null = null, ids = 1): Draft {
    const msgId = 7_200_000_000_000_000 + this.#options.room * 1_000_000_000 + ++this.#messages;
    const payload = write({ msgId, liveId: this.#liveId, at: this.#options.wallMs() });
    return { method, msgId, payload, gift, ids };
  }

  #whole(): Draft {
    const sender = this.#random.pick(this.#people);
    const price = this.#random.pick(prices);
    const total = 1 + (this.#random.chance(0.2) ? this.#random.int(5) : 0);
    return this.#gift({ sender, price, total, added: total, group: 0, end: false, giftId: 5_000 + price });
  }

  #begin(): Draft {
    const sender = this.#random.pick(this.#people);
    const price = this.#random.pick(prices);
    if (this.#streaks.length >= streaksMax) return this.#endStreak(0) ?? this.#whole();
    const ends = this.#random.chance(0.8);
    const group = 1_780_000_000_000 + ++this.#groups;
    const left = Math.floor(this.#random.exponential(5));
    const streak = { sender, price, giftId: 6_000 + price, group, total: 1, left, ends };
    this.#streaks.push(streak);
    return this.#gift({ ...streak, added: 1, end: false });
  }

  /** The next tick of some streak, or its end. */
  #tick(): Draft | null {
    if (this.#streaks.length === 0) return null;
    const index = this.#random.int(this.#streaks.length);
    const streak = this.#streaks[index]!;
    if (streak.left-- <= 0) return this.#endStreak(index);
    const added = this.#random.chance(0.8) ? 1 : 1 + this.#random.int(3);
    streak.total += added;
    return this.#gift({ ...streak, added, end: false });
  }

  #endStreak(index: number): Draft | null {
    const [streak] = this.#streaks.splice(index, 1);
    return streak!.ends ? this.#gift({ ...streak!, added: 0, end: true }) : null;
  }

  #gift(facts: Omit<say.GiftFacts, 'hostId'>): Draft {
    const { sender, giftId, group, total, added } = facts;
    const streak = group === 0 ? '' : `${sender.id}|${giftId}|${group}`;
    const write = (heading: Heading): Uint8Array => say.giftBytes(heading, { ...facts, hostId: this.#hostId });
    if (this.#battle !== null) this.#battle.points[0] += added * facts.price;
    return this.#draft('WebcastGiftMessage', write, { streak, total, added });
  }

  #battleNews(): Draft | null {
    const lap = this.#lap;
    if (lap !== null) {
      this.#lap = null;
      return this.#draft('WebcastLinkMicBattlePunishFinish', (heading) => say.punishFinishBytes(heading, lap), null, 2);
    }
    const battle = this.#battle;
    if (battle === null) return this.#random.chance(0.15) ? this.#openBattle() : null;
    battle.points[1] += this.#random.int(200);
    const facts: BattleFacts = { ...battle, points: [battle.points[0], battle.points[1]] };
    if (!this.#random.chance(0.1))
      return this.#draft('WebcastLinkMicArmies', (heading) => say.pointsBytes(heading, facts));
    this.#battle = null;
    this.#lap = facts;
    return this.#draft('WebcastLinkMicBattle', (heading) => say.battleFinishBytes(heading, facts));
  }

  #openBattle(): Draft {
    const battle: BattleFacts & { points: [number, number] } = {
      battleId: 740_000_000_000_000 + this.#options.room * 1_000_000 + ++this.#battles,
      hostId: this.#hostId,
      rivalId: this.#hostId + 1_000 + this.#battles,
      startAt: this.#options.wallMs(),
      durationSec: 60,
      points: [0, 0],
    };
    this.#battle = battle;
    return this.#draft('WebcastLinkMicBattle', (heading) => say.battleOpenBytes(heading, battle));
  }

  #murmur(): Draft {
    const random = this.#random;
    const person = random.pick(this.#people);
    const roll = random.int(5);
    if (roll === 0) {
      const count = 1 + random.int(15);
      this.#likes += count;
      const total = this.#likes;
      return this.#draft('WebcastLikeMessage', (heading) => say.likeBytes(heading, person, count, total));
    }
    if (roll === 1) return this.#draft('WebcastChatMessage', (heading) => say.chatBytes(heading, person, 'go go ❤'));
    if (roll === 2) {
      const action = random.chance(0.5) ? 1 : 3;
      return this.#draft('WebcastSocialMessage', (heading) => say.socialBytes(heading, person, action));
    }
    if (roll === 3) return this.#draft('WebcastMemberMessage', (heading) => say.joinBytes(heading, person, 100));
    const current = 80 + random.int(60);
    return this.#draft('WebcastRoomUserSeqMessage', (heading) => say.viewersBytes(heading, current, 5_000));
  }

  /** Cut off, unheard of, or of no use. */
  #junk(): Draft {
    const roll = this.#random.int(3);
    if (roll === 0) return this.#draft('WebcastNeverHeardOf', () => new Uint8Array([8, 1]), null, 0);
    if (roll === 1) return this.#draft('WebcastGiftMessage', () => new Uint8Array([10, 200, 1]), null, 0);
    return this.#draft('WebcastRoomPinMessage', () => new Uint8Array(0), null, 0);
  }
}
