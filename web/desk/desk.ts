import type { Link, LinkStatus, Notice } from '../client/client.ts';
import { StreamClient } from '../client/client.ts';
import type { ClientEnvironment } from '../client/environment.ts';
import { systemEnvironment } from '../client/environment.ts';
import type { Standing } from '../../src/protocol/events.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { Activity } from '../views/activity.ts';
import { Announcer } from '../views/announcer.ts';
import type { BattleFace } from '../views/battle-face.ts';
import { battleFace } from '../views/battle-face.ts';
import { BattleView } from '../views/battle-view.ts';
import { BoardTable } from '../views/board-table.ts';
import { BoardView } from '../views/board-view.ts';
import { FeedList } from '../views/feed-list.ts';
import { FeedModel } from '../views/feed-model.ts';
import { FeedView } from '../views/feed-view.ts';
import type { Painter } from '../views/frames.ts';
import { Frames } from '../views/frames.ts';
import { Meter } from '../views/meter.ts';
import { MetersView } from '../views/meters-view.ts';
import { emptyRoomView } from '../../src/protocol/room-view.ts';
import { eventLine, noticeLine } from './story.ts';

// One room on one desk: ties the client to the hot views, without a framework. Events mark the page as due; one frame
// draws it. What changes slowly (totals, banners, choices) goes to the shell (Svelte) a few times a second. Owns the
// client, the models and one timer; `close` ends all of it.

/** Which board is shown: the session's, or that of a battle side by its index. */
export type Scope = 'session' | 0 | 1;

export interface DeskChoices {
  paused: boolean;
  minDiamonds: number;
  scope: Scope;
}

/** What the shell shows; told at most every `shellMs`. */
export interface DeskSummary {
  readonly status: LinkStatus;
  /** null before the first snapshot: everything is unknown. */
  readonly session: RoomView['session'] | null;
  readonly gaps: RoomView['gaps'] | null;
  readonly goal: RoomView['goal'];
  /** Names of the battle sides that have boards; empty without a battle. */
  readonly sides: readonly string[];
  readonly folding: boolean;
  /** Feed rows that came since the pause. */
  readonly waiting: number;
  /** Unix ms of the last word from the broker; null = none, or its clock is not known. */
  readonly asOfMs: number | null;
}

const shellMs = 250;
const metersMs = 100;
/** A clock with tenths needs to be drawn ten times a second. */
const tenthsMs = 100;

const nobody = emptyRoomView({ id: '', handle: '' });

export class Desk implements Painter {
  readonly client: StreamClient;
  readonly choices: DeskChoices = { paused: false, minDiamonds: 0, scope: 'session' };
  readonly #environment: ClientEnvironment;
  readonly #frames: Frames;
  readonly #activity = new Activity();
  readonly #announcer = new Announcer();
  readonly #feed = new FeedModel();
  readonly #meter = new Meter();
  readonly #tell: (summary: DeskSummary) => void;
  readonly #say: (sentence: string) => void;
  #board: { view: BoardView; table: BoardTable } | null = null;
  #feedViews: { view: FeedView; list: FeedList } | null = null;
  #battle: BattleView | null = null;
  #meters: MetersView | null = null;
  #face: BattleFace = battleFace(nobody, null);
  #paintingSinceMs: number | null = null;
  #timer: { cancel(): void } | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #metersAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    streamUrl: string;
    tell: (summary: DeskSummary) => void;
    say: (sentence: string) => void;
    environment?: ClientEnvironment;
  }) {
    this.#environment = options.environment ?? systemEnvironment;
    this.#tell = options.tell;
    this.#say = options.say;
    this.#frames = new Frames(this);
    this.client = new StreamClient({ streamUrl: options.streamUrl, environment: this.#environment });
    this.client.subscribe(() => this.#frames.request());
    this.client.onEvent((event) => this.#observe(event));
    this.client.onNotice((notice) => this.#notice(notice));
  }

  open(): void {
    this.client.start();
    this.#tick();
  }

  close(): void {
    this.client.stop();
    this.#timer?.cancel();
    this.#frames.stop();
  }

  showBoard(root: HTMLElement): void {
    this.#board = {
      table: new BoardTable(root, 'Leaderboard'),
      view: new BoardView(root, () => this.#frames.request()),
    };
    this.#frames.request();
  }

  showFeed(root: HTMLElement): void {
    this.#feedViews = {
      list: new FeedList(root, 'Newest gifts'),
      view: new FeedView(root, () => this.#frames.request()),
    };
    this.#frames.request();
  }

  showBattle(root: HTMLElement): void {
    this.#battle = new BattleView(root);
    this.#frames.request();
  }

  showMeters(root: HTMLElement): void {
    this.#meters = new MetersView(root);
    this.#frames.request();
  }

  /** A choice was changed: draws it in the next frame and tells the shell. */
  choose(choices: Partial<DeskChoices>): void {
    Object.assign(this.choices, choices);
    this.#toldAtMs = Number.NEGATIVE_INFINITY;
    this.#frames.request();
  }

  /** The page was hidden or seen again: what waited meanwhile is no measure of painting. */
  visibilityChanged(): void {
    this.#meter.takeOldest();
    this.#frames.request();
  }

  draw(nowMs: number): void {
    const view = this.client.view ?? nobody;
    this.#paintingSinceMs = this.#meter.takeOldest();
    this.#meter.advance(nowMs);
    this.#activity.advance(nowMs);
    this.#face = battleFace(view, this.client.serverTimeMs());
    const { paused, minDiamonds } = this.choices;
    const animated = !this.#meter.isBusy(nowMs);
    this.#battle?.draw(this.#face);
    this.#drawBoard(view, nowMs, animated);
    this.#feedViews?.view.draw({ model: this.#feed, minDiamonds, paused }, nowMs, animated);
    if (!paused) this.#feedViews?.list.draw(this.#feed, minDiamonds, nowMs);
    this.#drawMeters(nowMs);
    this.#tellShell(view, nowMs);
    const sentence = isCurrent(this.client.status.link) ? this.#announcer.observe(this.#face, nowMs) : null;
    if (sentence !== null) this.#say(sentence);
  }

  painted(nowMs: number): void {
    if (this.#paintingSinceMs !== null) this.#meter.painted(this.#paintingSinceMs, nowMs);
    this.#paintingSinceMs = null;
  }

  #drawBoard(view: RoomView, nowMs: number, animated: boolean): void {
    if (this.#board === null) return;
    const battleId = view.battle?.battleId ?? '';
    const standings = this.#standings(view);
    this.#board.view.draw(
      {
        standings,
        gain: (userId) => this.#activity.gain(userId),
        side: (userId) => this.#place(this.#activity.side(userId, battleId)),
      },
      animated,
    );
    this.#board.table.draw(standings, nowMs);
  }

  #standings(view: RoomView): readonly Standing[] {
    const { scope } = this.choices;
    if (scope === 'session') return view.board;
    const id = this.#face.sides[scope]?.id;
    const index = view.battle?.sides.findIndex((side) => side.id === id) ?? -1;
    return view.battleBoards[index] ?? [];
  }

  /** Where on screen the side with this index in the battle stands: 0 left, 1 right; -1 = nowhere. */
  #place(side: number): number {
    const id = this.client.view?.battle?.sides[side]?.id;
    return id === undefined ? -1 : this.#face.sides.findIndex((face) => face.id === id);
  }

  /** Ten times a second: nobody reads faster, and each change of width is a layout. */
  #drawMeters(nowMs: number): void {
    if (nowMs - this.#metersAtMs < metersMs) return;
    this.#metersAtMs = nowMs;
    this.#meters?.draw({
      status: this.client.status,
      seq: this.client.position?.seq ?? null,
      reading: this.#meter.read(),
      degraded: this.#degraded(nowMs),
    });
  }

  #degraded(nowMs: number): string {
    const steps = [];
    if (this.#meter.isBusy(nowMs)) steps.push('motion off');
    if (this.#feed.isFolding(nowMs)) steps.push('small gifts folded');
    return steps.length === 0 ? '' : `Simplified: ${steps.join(', ')}`;
  }

  #tellShell(view: RoomView, nowMs: number): void {
    if (nowMs - this.#toldAtMs < shellMs) return;
    this.#toldAtMs = nowMs;
    const status = this.client.status;
    const serverTimeMs = this.client.serverTimeMs();
    const known = this.client.view !== null;
    this.#tell({
      status,
      session: known ? { ...view.session } : null,
      gaps: known ? { ...view.gaps } : null,
      goal: view.goal,
      sides:
        this.#face.mode === 'running' || this.#face.mode === 'over' ? this.#face.sides.map((side) => side.name) : [],
      folding: this.#feed.isFolding(nowMs),
      waiting: this.#feedViews?.view.waiting(this.#feed) ?? 0,
      asOfMs: serverTimeMs === null || status.dataAgeMs === null ? null : serverTimeMs - status.dataAgeMs,
    });
  }

  #observe(event: EventFrame): void {
    const nowMs = this.#environment.clock.nowMs();
    if (!document.hidden) this.#meter.arrived(nowMs);
    this.#activity.observe(event, nowMs);
    if (event.kind === 'gift') {
      this.#feed.gift(event, nowMs, event.battle === null ? -1 : this.#place(event.battle.side));
      return;
    }
    const line = this.client.view === null ? null : eventLine(event, this.client.view);
    if (line !== null) this.#feed.note(line.text, line.tone, event.at, nowMs);
  }

  #notice(notice: Notice): void {
    const nowMs = this.#environment.clock.nowMs();
    const line = noticeLine(notice);
    if (line !== null) this.#feed.note(line.text, line.tone, this.client.serverTimeMs() ?? 0, nowMs);
    if (notice.kind !== 'snapshot' || this.client.view === null) return;
    // Gains and sides of what was skipped are not known: better none than a part.
    this.#activity.clear();
    this.#feed.catchUp(this.client.view.recentGifts, notice.newEpoch, nowMs);
  }

  /** Ages and clocks move although nothing arrives. */
  readonly #tick = (): void => {
    this.#frames.request();
    const { leftMs } = this.#face;
    const fast = leftMs !== null && leftMs > 0 && leftMs < 31_000;
    this.#timer = this.#environment.clock.after(fast ? tenthsMs : shellMs, this.#tick);
  };
}

/** Whether what is on screen is what is, give or take what is under way. */
export function isCurrent(link: Link): boolean {
  return link === 'live' || link === 'catching-up';
}
