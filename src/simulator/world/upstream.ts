import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import type { FaultName } from './faults.ts';
import { type Draft, LiveScript } from './live-script.ts';

// The side of a room that MEKS does not see: TikTok, or another program that pushes. It outlives every broker. Sends to
// whoever is connected, keeps what it has sent lately and what it was not acknowledged, and says it again after an
// interruption. Within the promise of the house: nothing is repeated that is older than the ids that the broker
// remembers, and exactly that old it is. Bounded by the length of a world.

/** A message that upstream has, and what became of it as far as upstream knows. */
export interface Sent extends Draft {
  /** It was handed to a feed at least once. */
  told: boolean;
  /** When it was first told, monotonic ms. */
  toldMs: number;
  /** Ids that had come to the broker when this did for the first time, its own among them; 0 = it never did. */
  arrivedIds: number;
  /** The feed has told that it is in the log. */
  acknowledged: boolean;
  /** It must be in the log: it was acknowledged, and no power cut has taken it since. */
  promised: boolean;
}

/** A feed that is connected. */
export interface Connection {
  receive(message: Sent, history: boolean): void;
}

export interface UpstreamOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly room: number;
  readonly people: number;
  readonly tricklePerSec: number;
  /** Ids that the broker remembers. */
  readonly idsMax: number;
  readonly faults: ReadonlyMap<FaultName, number>;
}

/** Ticks of streaks are repeated for so long: the broker remembers a silent streak for a minute. */
const ticksRepeatedMs = 40_000;

/** Messages of an interruption that upstream still has at its end. */
const missedMax = 60;

export class Upstream {
  /** Everything that was ever sent, by message id. */
  readonly sent = new Map<string, Sent>();
  readonly #options: UpstreamOptions;
  readonly #random: Random;
  readonly #script: LiveScript;
  readonly #slot = (): void => this.#onSlot();
  #timer: Timer | null = null;
  /** In the order of sending: this LIVE's. */
  #order: Sent[] = [];
  /** Changes places with the next one. */
  #held: Sent | null = null;
  #connection: Connection | null = null;
  /** Nothing is told beyond what the broker may leave without acknowledgement: for who pushes and waits. */
  #byAcknowledgement = false;
  /** Told and not acknowledged, oldest first: for who pushes and waits. */
  #outstanding: Sent[] = [];
  /**
   * Until the broker has heard enough since its restart, it remembers fewer messages: ids of its own are among them.
   */
  #idsSinceRestart = Number.POSITIVE_INFINITY;
  /** Ids of all messages that came to the broker: in the order of coming, which is the order of its memory. */
  #arrivedIds = 0;
  #busyUntilMs = 0;
  #burstPerSec = 0;
  #quiet = false;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#random = options.random;
    this.#script = new LiveScript({
      random: options.random.fork(),
      wallMs: () => options.clock.wallMs(),
      room: options.room,
      people: options.people,
      junk: options.faults.has('junk'),
    });
    this.#plan();
  }

  /** A feed comes in: it is told again what was sent last, then what it has missed, then everything as it comes. */
  connect(connection: Connection, byAcknowledgement: boolean): void {
    this.#connection = connection;
    this.#byAcknowledgement = byAcknowledgement;
    if (byAcknowledgement) {
      const told = this.#order.filter((sent) => sent.told).slice(-this.#options.idsMax / 3);
      this.#outstanding = told.filter((sent) => !sent.acknowledged && this.#mayRepeat(sent));
      for (const sent of this.#outstanding) connection.receive(sent, true);
      this.#tellWaiting();
      return;
    }
    const missed = this.#order.filter((sent) => !sent.told);
    for (const sent of this.#backlog()) connection.receive(sent, true);
    for (const sent of missed.slice(-missedMax)) this.#tell(connection, sent, true);
    // What is older than that upstream has no longer: it is lost, and told as a gap.
    for (const sent of missed) this.#noteTold(sent);
  }

  /** The broker has taken the message in. */
  arrived(sent: Sent): void {
    if (sent.arrivedIds === 0) sent.arrivedIds = this.#arrivedIds += sent.ids;
  }

  /** The message is in the broker's log. */
  acknowledge(sent: Sent): void {
    if (sent.acknowledged) return;
    sent.acknowledged = true;
    const at = this.#outstanding.indexOf(sent);
    if (at >= 0) this.#outstanding.splice(at, 1);
    this.#tellWaiting();
  }

  /** It is gone: by itself, with its broker, or cut off. */
  disconnect(connection: Connection): void {
    if (this.#connection === connection) this.#connection = null;
  }

  /** The broker has begun anew: what it remembers it has from its log. */
  restarted(): void {
    this.#idsSinceRestart = 0;
  }

  /** For `lengthMs` messages come at this rate. */
  burst(perSec: number, lengthMs: number): void {
    this.#busyUntilMs = this.#options.clock.nowMs() + lengthMs;
    this.#burstPerSec = perSec;
    this.#timer?.cancel();
    this.#plan();
  }

  /** This LIVE ends, another one begins. */
  newLive(): void {
    this.#put(this.#script.end());
    this.#release();
    this.#order = [];
    this.#outstanding = [];
  }

  /** Nothing more happens here: what is open ends. */
  calm(): void {
    this.#quiet = true;
    this.#timer?.cancel();
    for (const draft of this.#script.finish()) this.#put(draft);
    this.#release();
  }

  get #busy(): boolean {
    return this.#options.clock.nowMs() < this.#busyUntilMs;
  }

  #plan(): void {
    const perSec = this.#busy ? this.#burstPerSec : this.#options.tricklePerSec;
    this.#timer = this.#options.clock.after(this.#random.exponential(1_000 / perSec), this.#slot);
  }

  #onSlot(): void {
    if (this.#quiet) return;
    this.#put(this.#script.next(this.#busy));
    this.#plan();
  }

  #put(draft: Draft): void {
    const sent: Sent = { ...draft, told: false, toldMs: 0, arrivedIds: 0, acknowledged: false, promised: false };
    this.sent.set(String(sent.msgId), sent);
    const { faults } = this.#options;
    const held = this.#held;
    if (held === null && faults.has('reordering') && this.#random.chance(0.1)) {
      this.#held = sent;
      return;
    }
    this.#held = null;
    this.#send(sent);
    if (held !== null) this.#send(held);
    if (faults.has('duplicates') && this.#random.chance(0.1)) this.#repeatOne();
  }

  #release(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#send(held);
  }

  #send(sent: Sent): void {
    this.#order.push(sent);
    if (this.#byAcknowledgement) this.#tellWaiting();
    else if (this.#connection !== null) this.#tell(this.#connection, sent, false);
  }

  #tellWaiting(): void {
    if (!this.#byAcknowledgement || this.#connection === null) return;
    if (this.#outstanding.length >= this.#options.idsMax / 3) return;
    for (const sent of this.#order) {
      if (sent.told) continue;
      this.#outstanding.push(sent);
      this.#tell(this.#connection, sent, false);
      if (this.#outstanding.length >= this.#options.idsMax / 3) return;
    }
  }

  #tell(connection: Connection, sent: Sent, history: boolean): void {
    this.#noteTold(sent);
    this.#idsSinceRestart += sent.ids;
    connection.receive(sent, history);
  }

  #noteTold(sent: Sent): void {
    if (!sent.told) sent.toldMs = this.#options.clock.nowMs();
    sent.told = true;
  }

  #mayRepeat({ gift, toldMs }: Sent): boolean {
    const tick = gift !== null && gift.streak !== '';
    return !tick || this.#options.clock.nowMs() - toldMs < ticksRepeatedMs;
  }

  /** Something that was sent a moment ago comes once more. */
  #repeatOne(): void {
    const back = 1 + this.#random.int(Math.min(this.#order.length, this.#options.idsMax >> 2));
    const sent = this.#order.at(-back);
    if (sent?.told === true && this.#mayRepeat(sent)) this.#connection?.receive(sent, false);
  }

  /**
   * The newest messages that were sent, as many as the broker remembers ids. What was lost on its way takes a place in
   * that memory only now: so much less of what came is repeated.
   */
  #backlog(): Sent[] {
    const { idsMax } = this.#options;
    const idsRemembered = this.#idsSinceRestart > 2 * idsMax ? idsMax : Math.floor(idsMax / 3);
    let left = idsRemembered;
    let newIds = 0;
    let at = this.#order.length;
    while (at > 0) {
      const sent = this.#order[at - 1]!;
      if (sent.told && sent.ids > left) break;
      if (sent.told) left -= sent.ids;
      if (sent.told && sent.arrivedIds === 0) newIds += sent.ids;
      at--;
    }
    const remembered = ({ arrivedIds, ids }: Sent): boolean =>
      arrivedIds === 0 || this.#arrivedIds - arrivedIds + ids + newIds <= idsRemembered;
    return this.#order.slice(at).filter((sent) => sent.told && remembered(sent) && this.#mayRepeat(sent));
  }
}

/** What a feed hands to its sink. */
export function rawOf(sent: Sent, receivedAt: number, history: boolean): RawMessage {
  return { method: sent.method, payload: sent.payload, msgId: String(sent.msgId), receivedAt, history };
}
