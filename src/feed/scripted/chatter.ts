import { give } from './giving.ts';
import {
  chatMessage,
  joinMessage,
  likeMessage,
  rankMessage,
  rankTextMessage,
  socialMessage,
  viewersMessage,
} from './messages.ts';
import { chatLines, questions } from './names.ts';
import type { Person } from './people.ts';
import {
  envelopeMessage,
  goalMessage,
  introMessage,
  questionMessage,
  strangeMessage,
  subscriptionMessage,
} from './room-messages.ts';
import type { Given, Stage } from './stage.ts';
import { TopList } from './top-list.ts';

// What viewers do of their own accord, and what the room tells about itself: the trickle. One call of `next` is one
// message. Keeps the room's figures (viewers, likes, followers, places) so that they make sense from one to the next.

/** Weights of what happens next; the second column is for bursts, when people give more and join less. */
const mix = [
  ['like', 32, 30],
  ['join', 25, 9],
  ['chat', 20, 14],
  ['gift', 9, 24],
  ['follow', 2, 1],
  ['share', 1, 0.5],
  ['rank', 1, 0.5],
  ['subscription', 0.15, 0.1],
  ['strange', 0.3, 0.1],
  ['question', 0.1, 0.02],
  ['envelope', 0.05, 0.02],
] as const;

const sums = [mix.reduce((sum, row) => sum + row[1], 0), mix.reduce((sum, row) => sum + row[2], 0)] as const;
const strangeMethods = [
  'WebcastOecLiveShoppingMessage',
  'WebcastLinkLayerMessage',
  'WebcastInRoomBannerMessage',
  'WebcastPerceptionMessage',
];
const listCountdownMs = 86_400_000;

export class Chatter {
  readonly #stage: Stage;
  readonly #top = new TopList(16);
  readonly #goal: { readonly id: string; progress: number; target: number };
  #viewers: number;
  #viewersTotal: number;
  #likes: number;
  #followers: number;
  #rank: number;
  #rankPoints = 0;
  #onLike: (person: Person) => void = () => {};

  constructor(stage: Stage) {
    const { random } = stage;
    this.#stage = stage;
    this.#viewers = 700 + random.int(600);
    this.#viewersTotal = this.#viewers * 4;
    this.#likes = 20_000 + random.int(50_000);
    this.#followers = 30_000 + random.int(200_000);
    this.#rank = 20 + random.int(60);
    this.#goal = { id: stage.envelopes.freshId(), progress: 0, target: 500 };
  }

  /** Says that the LIVE is there, and begins what comes by the clock. */
  begin(): void {
    const { envelopes, host } = this.#stage;
    this.#stage.roomBooks = (given) => this.#onGiven(given);
    this.#stage.send(introMessage(envelopes, host, 'Singing, talking and battles until late. Be kind.'));
    this.#tellViewers();
    this.#every(2_500, () => this.#tellViewers());
    this.#every(20_000, () => this.#tellGoal());
  }

  /** One of a battle's interests: likes move its points. */
  listen(onLike: (person: Person) => void): void {
    this.#onLike = onLike;
  }

  /** Keeps the books of a gift; a place among the top viewers that changes is told. */
  #onGiven({ sender, gift, count }: Given): void {
    const { clock, random, envelopes } = this.#stage;
    if (gift.id === 5655) this.#goal.progress += count;
    const { before, after } = this.#top.add(sender, count * gift.price, count * gift.price);
    if (after > 0 && after <= 3 && after !== before) {
      this.#stage.inTurn(() => this.#stage.send(rankTextMessage(envelopes, clock.wallMs(), sender, before, after)));
    }
    // Sent again unchanged about once per gift, in some rooms.
    if (random.chance(0.1)) this.#stage.inTurn(() => this.#tellRank());
  }

  /** One thing that somebody does. */
  next(burst: boolean): void {
    const { random } = this.#stage;
    let at = random.next() * sums[burst ? 1 : 0];
    for (const [kind, calm, lively] of mix) {
      at -= burst ? lively : calm;
      if (at < 0) {
        this.#happen(kind);
        return;
      }
    }
  }

  #happen(kind: (typeof mix)[number][0]): void {
    const { clock, random, people, envelopes } = this.#stage;
    const at = clock.wallMs() - random.int(120);
    switch (kind) {
      case 'like':
        return this.#like(at);
      case 'gift':
        return this.#gift(at);
      case 'join':
        this.#viewersTotal++;
        this.#viewers++;
        return this.#stage.send(joinMessage(envelopes, at, people.viewer(random), this.#viewers));
      case 'chat':
        return this.#stage.send(chatMessage(envelopes, at, people.viewer(random), random.pick(chatLines)));
      case 'follow':
        return this.#stage.send(socialMessage(envelopes, at, people.viewer(random), 1, ++this.#followers));
      case 'share':
        return this.#stage.send(socialMessage(envelopes, at, people.viewer(random), 3, 0));
      case 'rank':
        return this.#tellRank();
      case 'subscription':
        return this.#stage.send(subscriptionMessage(envelopes, at, people.gifter(random), 1 + random.int(9)));
      case 'strange':
        return this.#stage.send(strangeMessage(envelopes, at, random.pick(strangeMethods)));
      case 'question':
        return this.#stage.send(questionMessage(envelopes, at, people.viewer(random), random.pick(questions)));
      case 'envelope':
        return this.#stage.send(
          envelopeMessage(envelopes, at, people.gifter(random), 20 * (1 + random.int(20)), 10 + random.int(40)),
        );
    }
  }

  #like(at: number): void {
    const { random, people, envelopes, faults } = this.#stage;
    const person = people.viewer(random);
    const count = 1 + random.int(15);
    this.#likes += count;
    const total = random.chance(faults.likeTotalBehind) ? Math.floor(this.#likes * 0.64) : this.#likes;
    this.#stage.send(likeMessage(envelopes, at, person, count, total));
    this.#onLike(person);
  }

  #gift(at: number): void {
    const { random, people, gifts, envelopes } = this.#stage;
    // While gifts are held the slot goes to talk instead.
    if (this.#stage.holdsGifts) {
      this.#stage.send(chatMessage(envelopes, at, people.viewer(random), random.pick(chatLines)));
      return;
    }
    const sender = people.gifter(random);
    give(this.#stage, sender, gifts.pick(random, sender.purse));
  }

  #tellViewers(): void {
    const { clock, random, envelopes } = this.#stage;
    this.#viewers = Math.max(50, Math.round(this.#viewers * (0.985 + 0.03 * random.next())));
    const viewers = { current: this.#viewers, total: this.#viewersTotal, top: this.#top.rows.slice(0, 5) };
    this.#stage.inTurn(() => this.#stage.send(viewersMessage(envelopes, clock.wallMs(), viewers)));
  }

  #tellGoal(): void {
    const { clock, envelopes } = this.#stage;
    const goal = this.#goal;
    if (goal.progress >= goal.target) goal.target *= 2;
    const told = {
      id: goal.id,
      text: `Roses: ${goal.progress} of ${goal.target}`,
      progress: goal.progress,
      target: goal.target,
    };
    this.#stage.inTurn(() => this.#stage.send(goalMessage(envelopes, clock.wallMs(), told)));
  }

  #tellRank(): void {
    const { clock, random, envelopes, roomDiamonds } = this.#stage;
    if (roomDiamonds > this.#rankPoints * 1.15 && this.#rank > 1) {
      this.#rankPoints = roomDiamonds;
      this.#rank--;
    } else if (random.chance(0.02)) this.#rank++;
    const at = clock.wallMs();
    const countdownSec = Math.floor((listCountdownMs - (at % listCountdownMs)) / 1_000);
    this.#stage.send(rankMessage(envelopes, at, { type: 8, rank: this.#rank, countdownSec, score: roomDiamonds }));
  }

  #every(meanMs: number, run: () => void): void {
    const { clock, random } = this.#stage;
    const step = (): void => {
      run();
      clock.after(meanMs * (0.85 + 0.3 * random.next()), step);
    };
    clock.after(meanMs, step);
  }
}
