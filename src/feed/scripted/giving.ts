import type { CatalogueGift } from './gifts.ts';
import { giftMessage } from './messages.ts';
import type { Person } from './people.ts';
import type { Stage } from './stage.ts';
import type { StreakTruth } from './truth.ts';

// How gifts are given: one by one, or as a streak whose messages carry a running total that jumps, and an end mark 1
// to 4 seconds after the last. Streaks suffer what real ones do: end marks that never come, ticks that change places,
// ticks that come after the end. Each streak owns a handful of timers and is gone a few seconds after its last.

interface Tick {
  readonly total: number;
  readonly adds: number;
  /** Milliseconds after the tick before it. */
  readonly pauseMs: number;
}

/** A streak is at most so many gifts, told in so many messages. */
const streakGiftsMax = 90;
const streakTicksMax = 24;

/** Somebody gives something. */
export function give(stage: Stage, sender: Person, gift: CatalogueGift): void {
  if (gift.type === 1) new StreakStory(stage, sender, gift).begin();
  else giveOne(stage, sender, gift);
}

function giveOne(stage: Stage, sender: Person, gift: CatalogueGift): void {
  const { envelopes, random, host } = stage;
  // Gifts to a guest are seen in rooms with several people on the line; battles here are one against one.
  const guest = !stage.inBattle && random.chance(0.03) ? stage.people.person(40 + random.int(20)) : null;
  const multiplier = stage.multiplier();
  stage.given({ sender, gift, count: 1, multiplier });
  const { roomDiamonds } = stage;
  const at = stage.clock.wallMs() - random.int(60);
  const part = { at, sender, host, guest, gift, group: '0', total: 1, adds: 1, end: false, multiplier, roomDiamonds };
  stage.send(giftMessage(envelopes, random, part), {
    kind: 'gift',
    sender,
    gift,
    toGuest: guest !== null,
    streak: null,
    total: 1,
  });
}

class StreakStory {
  readonly #stage: Stage;
  readonly #sender: Person;
  readonly #gift: CatalogueGift;
  readonly #group: string;
  readonly #ticks: readonly Tick[];
  readonly #truth: StreakTruth = { highest: 0 };
  /** Index of the tick that will come after the end mark; -1 = none. */
  readonly #late: number;
  #next = 0;
  /** Total that the story knows of: the books of the room follow what was given, not what was told. */
  #given = 0;

  constructor(stage: Stage, sender: Person, gift: CatalogueGift) {
    this.#stage = stage;
    this.#sender = sender;
    this.#gift = gift;
    this.#group = stage.freshGroup(sender);
    this.#ticks = planTicks(stage, gift);
    const canBeLate = this.#ticks.length >= 3 && stage.random.chance(stage.faults.tickLate);
    this.#late = canBeLate ? 1 + stage.random.int(this.#ticks.length - 2) : -1;
  }

  /** Sends the first message at once. */
  begin(): void {
    this.#step();
  }

  readonly #step = (): void => {
    const { random, clock, faults } = this.#stage;
    if (this.#next === this.#late) this.#next++;
    const tick = this.#ticks[this.#next++]!;
    const following = this.#next === this.#late ? undefined : this.#ticks[this.#next];
    if (following !== undefined && random.chance(faults.tickSwapped)) {
      this.#next++;
      this.#send(following);
    }
    this.#send(tick);
    const after = this.#ticks[this.#next === this.#late ? this.#next + 1 : this.#next];
    if (after === undefined) this.#planEnd();
    else clock.after(after.pauseMs, () => this.#stage.inTurnToGive(this.#step));
  };

  #send({ total, adds }: Tick): void {
    const stage = this.#stage;
    const multiplier = stage.multiplier();
    const count = total - this.#given;
    if (count > 0) {
      this.#given = total;
      stage.given({ sender: this.#sender, gift: this.#gift, count, multiplier });
    }
    this.#message({ total, adds, end: false, multiplier, agoMs: 0 });
  }

  #planEnd(): void {
    const { random, clock, faults } = this.#stage;
    if (random.chance(faults.endMissing)) return;
    // Between 1.0 and 4.0 s, in the middle 3.3 s.
    const pauseMs = random.chance(0.5) ? 3_300 + random.int(700) : 1_000 + random.int(2_300);
    clock.after(pauseMs, () => this.#stage.inTurnToGive(this.#end));
  }

  readonly #end = (): void => {
    this.#message({ total: this.#ticks.at(-1)!.total, adds: 0, end: true, multiplier: 1, agoMs: 0 });
    const late = this.#ticks[this.#late];
    if (late === undefined) return;
    this.#stage.clock.after(100 + this.#stage.random.int(2_000), () => {
      this.#stage.inTurn(() =>
        this.#message({ total: late.total, adds: late.adds, end: false, multiplier: 1, agoMs: 4_000 }),
      );
    });
  };

  #message(told: { total: number; adds: number; end: boolean; multiplier: number; agoMs: number }): void {
    const { envelopes, random, clock, host, roomDiamonds } = this.#stage;
    const [sender, gift, group] = [this.#sender, this.#gift, this.#group];
    const at = clock.wallMs() - told.agoMs - random.int(60);
    const draft = giftMessage(envelopes, random, { ...told, at, sender, host, guest: null, gift, group, roomDiamonds });
    this.#stage.send(draft, { kind: 'gift', sender, gift, toGuest: false, streak: this.#truth, total: told.total });
  }
}

/** Nearly half of all streaks are a single gift; few are long. */
function planTicks({ random }: Stage, gift: CatalogueGift): Tick[] {
  const wanted = random.chance(0.45) ? 1 : 2 + Math.floor(random.exponential(gift.price === 1 ? 7 : 3));
  const ticks: Tick[] = [{ total: 1, adds: 1, pauseMs: 0 }];
  const last = Math.min(wanted, streakGiftsMax);
  for (let total = 1; total < last && ticks.length < streakTicksMax;) {
    const adds = Math.min(last - total, random.chance(0.6) ? 1 : 2 + random.int(3));
    total += adds;
    ticks.push({ total, adds, pauseMs: 150 + random.exponential(280) });
  }
  return ticks;
}
