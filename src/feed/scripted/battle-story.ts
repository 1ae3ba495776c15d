import type { Timer } from '../../base/clock.ts';
import type { ArmiesCause, BattleFacts, Card } from './battle-messages.ts';
import { armiesMessage, battleMessage, itemCardMessage, punishFinishMessage, taskMessage } from './battle-messages.ts';
import { give } from './giving.ts';
import { fanTicketMessage } from './messages.ts';
import type { Person } from './people.ts';
import type { Given, Stage } from './stage.ts';
import { TopList } from './top-list.ts';

// One battle from invitation to the end of the victory lap: start, points of both sides, cards that multiply or hide
// them, a speed challenge, the big gifts of the last ten seconds, result. The rival's room is not seen, only its
// points, as upstream has it. Owns its timers, and nothing after its last.

/** Milliseconds from the end of time to the result, as measured. */
const resultLagMs = 3_500;
/** Nobody gives for so long after the result: longer than anybody lets a gift come late. */
const edgeMs = 600;

export interface BattleStart {
  readonly rival: Person;
  readonly rivalRoomId: string;
  readonly ownWinStreak: number;
  readonly rivalWinStreak: number;
}

export class BattleStory {
  readonly #stage: Stage;
  readonly #start: BattleStart;
  readonly #battleId: string;
  readonly #channelId: string;
  readonly #own = new TopList(10);
  readonly #theirs = new TopList(10);
  readonly #rivals: readonly Person[];
  #ownPoints = 0;
  #ownDiamonds = 0;
  #rivalPoints = 0;
  #startAt = 0;
  #dueMs = 0;
  #extraSec = 0;
  #endAt = 0;
  #status = 0;
  #glove = { untilMs: 0, multiplier: 1 };
  #cause: { userId: string; giftId: number; giftCount: number; critical: boolean } | null = null;
  #due: Timer | null = null;
  /** Points change only while this is true. */
  #open = false;

  constructor(stage: Stage, start: BattleStart) {
    this.#stage = stage;
    this.#start = start;
    this.#battleId = stage.envelopes.freshId();
    this.#channelId = stage.envelopes.freshId();
    this.#rivals = Array.from({ length: 6 }, () => stage.people.person(200 + stage.random.int(400)));
  }

  /** Starts it. `onTime` runs when time is up, `onResult` with whether the room won. */
  begin(run: { readonly onTime: () => void; readonly onResult: (won: boolean) => void }): void {
    const { clock, random, profile } = this.#stage;
    this.#startAt = clock.wallMs();
    this.#dueMs = clock.nowMs() + profile.battleSec * 1_000;
    this.#stage.inBattle = true;
    this.#stage.holdGifts();
    if (random.chance(0.5)) this.#stage.send(battleMessage(this.#stage.envelopes, this.#startAt, 1, this.#facts()));
    clock.after(60 + random.int(90), () => {
      this.#status = 1;
      this.#open = true;
      const [anchorId, rivalId] = [this.#stage.host.id, this.#start.rival.id];
      const opened = { kind: 'battle-open', battleId: this.#battleId, anchorId, rivalId } as const;
      this.#stage.send(battleMessage(this.#stage.envelopes, clock.wallMs(), 4, this.#facts()), opened);
      this.#stage.multiplier = () => this.#multiplier();
      this.#stage.battleBooks = (given) => this.#onGiven(given);
      this.#stage.releaseGifts();
      this.#planCourse();
    });
    const result = (action: 5 | 6): void => {
      run.onTime();
      this.#timeUp();
      clock.after(action === 5 ? resultLagMs : 200, () => {
        this.#result(action);
        run.onResult(this.#ownPoints > this.#rivalPoints);
        this.#planPunishment();
      });
    };
    const onDue = (): void => {
      // Extra time has moved the end in the meantime.
      const leftMs = this.#dueMs - clock.nowMs();
      if (leftMs > 0) this.#due = clock.after(leftMs, onDue);
      else result(5);
    };
    this.#due = clock.after(profile.battleSec * 1_000, onDue);
    if (random.chance(this.#stage.faults.battleCutShort)) {
      clock.after(profile.battleSec * (300 + random.int(400)), () => {
        this.#due?.cancel();
        result(6);
      });
    }
  }

  /** A like while it runs moves the score by three points, now and then. */
  onLike(person: Person): void {
    if (!this.#open || !this.#stage.random.chance(0.3)) return;
    this.#ownPoints += 3;
    this.#own.add(person, 3, 0);
    this.#cause ??= { userId: person.id, giftId: 0, giftCount: 0, critical: false };
  }

  #multiplier(): number {
    const { clock, random } = this.#stage;
    if (clock.nowMs() > this.#glove.untilMs) return 1;
    return this.#glove.multiplier === 5 && !random.chance(0.4) ? 1 : this.#glove.multiplier;
  }

  #onGiven({ sender, gift, count, multiplier }: Given): void {
    if (!this.#open) return;
    const diamonds = count * gift.price;
    const points = diamonds * multiplier;
    this.#ownDiamonds += diamonds;
    this.#ownPoints += points;
    this.#own.add(sender, points, diamonds);
    this.#cause = { userId: sender.id, giftId: gift.id, giftCount: count, critical: multiplier > 1 };
  }

  /** All that will happen between start and end. */
  #planCourse(): void {
    const { clock, random, profile } = this.#stage;
    const lengthMs = profile.battleSec * 1_000;
    this.#scoreLoop();
    this.#rivalLoop();
    if (random.chance(0.7)) clock.after(lengthMs * (0.15 + 0.5 * random.next()), () => this.#play('glove'));
    if (random.chance(0.5)) clock.after(lengthMs * (0.3 + 0.4 * random.next()), () => this.#play('mist'));
    if (random.chance(0.4))
      clock.after(lengthMs * (0.5 + 0.3 * random.next()), () => this.#play(random.pick(['top2', 'top3'])));
    if (random.chance(0.2)) clock.after(lengthMs * 0.85, () => this.#play('extra-time'));
    if (random.chance(0.4)) this.#planTask(lengthMs);
    const snipes = 2 + random.int(4);
    for (let index = 0; index < snipes; index++) {
      clock.after(Math.max(0, lengthMs - 10_000 + random.int(9_000)), () =>
        this.#stage.inTurnToGive(() => this.#snipe()),
      );
    }
  }

  /** Somebody who can afford it decides the battle. */
  #snipe(): void {
    const { random, people, gifts } = this.#stage;
    give(this.#stage, people.person(random.int(8)), gifts.big(random));
  }

  #play(item: Card['item']): void {
    const { clock, random, people, envelopes, host } = this.#stage;
    if (!this.#open) return;
    const seconds = item === 'extra-time' ? 15 : 10 + random.int(3) * 5;
    if (item === 'extra-time') {
      this.#extraSec += seconds;
      this.#dueMs += seconds * 1_000;
    } else if (item !== 'mist') {
      const multiplier = item === 'glove' ? 5 : item === 'top2' ? 2 : 3;
      this.#glove = { untilMs: clock.nowMs() + seconds * 1_000, multiplier };
    }
    const card = { item, sender: people.gifter(random), anchorId: host.id, seconds };
    this.#stage.send(itemCardMessage(envelopes, clock.wallMs(), this.#battleId, card));
  }

  #planTask(lengthMs: number): void {
    const { clock, random, envelopes, people } = this.#stage;
    const send = (step: Parameters<typeof taskMessage>[3]): void => {
      if (this.#open) this.#stage.send(taskMessage(envelopes, clock.wallMs(), this.#battleId, step));
    };
    const startMs = lengthMs * 0.35;
    clock.after(startMs, () => send({ kind: 'start' }));
    const steps = 3 + random.int(4);
    for (let index = 1; index <= steps; index++) {
      const update = { kind: 'update', progress: index * 10, userId: people.gifter(random).id } as const;
      clock.after(startMs + index * lengthMs * 0.04, () => send(update));
    }
    clock.after(startMs + lengthMs * 0.3, () => send({ kind: 'settle', succeeded: random.chance(0.6) }));
  }

  /** Tells points: about one message for every ten of the flow, fewer when nothing moved them. */
  #scoreLoop(): void {
    const { clock, random, profile } = this.#stage;
    const everyMs = Math.max(80, 10_000 / profile.peakPerSec);
    let quietMs = 0;
    const tell = (): void => {
      if (!this.#open) return;
      quietMs += everyMs;
      if (this.#cause !== null || quietMs >= 5_000) {
        quietMs = 0;
        const cause = this.#cause;
        this.#cause = null;
        this.#stage.inTurn(() => this.#tellPoints(cause === null ? 4 : 1, cause));
        if (random.chance(0.1)) this.#stage.inTurn(() => this.#tellTickets());
      }
      clock.after(everyMs * (0.6 + 0.8 * random.next()), tell);
    };
    tell();
  }

  #tellPoints(
    reason: number,
    cause: { userId: string; giftId: number; giftCount: number; critical: boolean } | null,
  ): void {
    const { clock, random, envelopes } = this.#stage;
    const scoredAt = clock.wallMs() - 20 - random.int(60);
    const told: ArmiesCause = {
      ...(cause ?? { userId: '0', giftId: 0, giftCount: 0, critical: false }),
      scoredAt,
      reason,
    };
    this.#stage.send(armiesMessage(envelopes, clock.wallMs(), this.#facts(), told));
  }

  #tellTickets(): void {
    const { clock, envelopes, host, roomDiamonds } = this.#stage;
    const tickets = [{ id: host.id, diamonds: roomDiamonds, points: this.#ownPoints }];
    this.#stage.send(fanTicketMessage(envelopes, clock.wallMs(), tickets, this.#battleId));
  }

  /** The other room keeps up, more or less. */
  #rivalLoop(): void {
    const { clock, random } = this.#stage;
    const strength = 0.6 + 0.8 * random.next();
    const step = (): void => {
      if (!this.#open) return;
      const behind = Math.max(0, this.#ownPoints * strength - this.#rivalPoints);
      const points = Math.floor(random.exponential(behind * 0.1 + 3));
      const person = this.#rivals[Math.floor(this.#rivals.length * random.next() ** 2)]!;
      this.#rivalPoints += points;
      this.#theirs.add(person, points, points);
      clock.after(200 + random.int(600), step);
    };
    clock.after(500, step);
  }

  #timeUp(): void {
    this.#open = false;
    this.#stage.holdGifts();
    this.#stage.multiplier = () => 1;
    this.#stage.battleBooks = () => {};
  }

  #result(action: 5 | 6): void {
    const { clock, envelopes } = this.#stage;
    this.#status = 3;
    // When time was up, whenever the news of it comes.
    const dueAt = this.#startAt + (this.#stage.profile.battleSec + 1 + this.#extraSec) * 1_000;
    this.#endAt = action === 5 ? dueAt : clock.wallMs();
    this.#tellPoints(2, null);
    const over = { kind: 'battle-over', points: this.#ownPoints, rivalPoints: this.#rivalPoints } as const;
    this.#stage.send(battleMessage(envelopes, clock.wallMs(), action, this.#facts()), over);
    this.#stage.inBattle = false;
    // A message is up to 60 ms older than its sending: none may seem to be from before the end.
    clock.after(edgeMs, () => this.#stage.releaseGifts());
  }

  #planPunishment(): void {
    const { clock, random, profile, envelopes } = this.#stage;
    const cutShort = random.chance(0.25);
    const lengthMs = profile.punishSec * (cutShort ? 300 + random.int(600) : 1_000);
    clock.after(lengthMs, () => {
      this.#status = 4;
      const send = (): void => {
        this.#stage.send(punishFinishMessage(envelopes, clock.wallMs(), this.#facts(), cutShort ? 1 : 0));
      };
      send();
      // Now and then it comes twice, with another id.
      if (random.chance(0.15)) clock.after(13, send);
    });
  }

  #facts(): BattleFacts {
    const { host, envelopes, profile } = this.#stage;
    const { rival, rivalRoomId, ownWinStreak, rivalWinStreak } = this.#start;
    const own = {
      person: host,
      roomId: envelopes.roomId,
      points: this.#ownPoints,
      diamonds: this.#ownDiamonds,
      winStreak: ownWinStreak,
    };
    const theirs = {
      person: rival,
      roomId: rivalRoomId,
      points: this.#rivalPoints,
      diamonds: this.#rivalPoints,
      winStreak: rivalWinStreak,
    };
    return {
      battleId: this.#battleId,
      channelId: this.#channelId,
      startAt: this.#startAt,
      // Upstream says 301 for five minutes.
      durationSec: profile.battleSec + 1,
      extraSec: this.#extraSec,
      endAt: this.#endAt,
      status: this.#status,
      own: { ...own, top: this.#own.rows },
      rival: { ...theirs, top: this.#theirs.rows },
    };
  }
}
