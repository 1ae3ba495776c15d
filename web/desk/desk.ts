import type { LinkStatus, Notice } from '../client/client.ts';
import { isCurrent, StreamClient } from '../client/client.ts';
import type { ClientEnvironment } from '../client/environment.ts';
import { systemEnvironment } from '../client/environment.ts';
import type { User } from '../../src/protocol/events.ts';
import { reconciliationText } from '../../src/protocol/reconciliation.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { Activity } from '../views/activity.ts';
import { Announcer } from '../views/announcer.ts';
import { battleFace, unknownBattle } from '../views/battle-face.ts';
import { BattleView } from '../views/battle-view.ts';
import { FeedList } from '../views/feed-list.ts';
import type { GiftRow } from '../views/feed-model.ts';
import { FeedModel } from '../views/feed-model.ts';
import { FeedView } from '../views/feed-view.ts';
import type { Painter } from '../views/frames.ts';
import { Frames } from '../views/frames.ts';
import { counted } from '../views/format.ts';
import { Meter } from '../views/meter.ts';
import { MetersView } from '../views/meters-view.ts';
import { displayName } from '../views/names.ts';
import { RowMarks } from '../views/row-marks.ts';
import { BoardPanel, type Scope } from './board-panel.ts';
import type { GifterFace, OperatorFace } from './operator-face.ts';
import type { BattleChoice, PersonChoice } from './operator-room.svelte.ts';
import { gifterFace, nothingShared, operatorFace } from './operator-face.ts';
import { emptyRoomView } from '../../src/protocol/room-view.ts';
import { eventLine, noticeLine } from './story.ts';

// One room on one desk: ties the client to the hot views, without a framework. Events mark the page as due; one frame
// draws it. What changes slowly (totals, banners, choices) goes to the shell (Svelte) a few times a second. Owns the
// client, the models and one timer; `close` ends all of it.

export type { Scope } from './board-panel.ts';

export interface DeskChoices {
  paused: boolean;
  minDiamonds: number;
  scope: Scope;
  /** User id of the row that the keyboard is at; '' = none. */
  selected: string;
}

/** What the shell shows; told at most every `shellMs`. */
export interface DeskSummary {
  readonly status: LinkStatus;
  /** null before the first snapshot: everything is unknown. */
  readonly session: RoomView['session'] | null;
  readonly gaps: RoomView['gaps'] | null;
  readonly goal: RoomView['goal'];
  /** `counted 12,340 of 12,400: joined late`; '' = nothing is known to be missing. */
  readonly drift: string;
  /** Why the board on screen is not what is; '' = it is. */
  readonly boardNote: string;
  /** Names of the battle sides that have boards; empty without a battle. */
  readonly sides: readonly string[];
  readonly folding: boolean;
  /** Feed rows that came since the pause. */
  readonly waiting: number;
  readonly operator: OperatorFace;
}

/** Somebody, or something they sent, that a person wants to do something about. */
export interface Choice {
  readonly user: User;
  /** The gift that was clicked on; null = the gifter alone. */
  readonly gift: GiftRow | null;
}

const shellMs = 250;
const metersMs = 100;
/** A clock with tenths needs to be drawn ten times a second. */
const tenthsMs = 100;

const nobody = emptyRoomView({ id: '', handle: '' });

export class Desk implements Painter {
  readonly client: StreamClient;
  readonly meter = new Meter();
  readonly choices: DeskChoices = { paused: false, minDiamonds: 0, scope: 'session', selected: '' };
  readonly #environment: ClientEnvironment;
  readonly #board: BoardPanel;
  readonly #frames: Frames;
  readonly #activity = new Activity();
  readonly #announcer = new Announcer();
  readonly #feed = new FeedModel();
  readonly #tell: (summary: DeskSummary) => void;
  readonly #say: (sentence: string) => void;
  readonly #choose: (choice: Choice) => void;
  readonly #observed: (event: EventFrame) => void;
  readonly #marks = new RowMarks();
  readonly #muted = (userId: string, giftId: string): boolean => this.#marks.mutes(userId, giftId);
  #feedViews: { view: FeedView; list: FeedList } | null = null;
  #battle: BattleView | null = null;
  #meters: MetersView | null = null;
  #face = unknownBattle;
  #paintingSinceMs: number | null = null;
  #timer: { cancel(): void } | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #metersAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    streamUrl: string;
    tell: (summary: DeskSummary) => void;
    say: (sentence: string) => void;
    /** Somebody was chosen on the board or in the feed. */
    choose?: (choice: Choice) => void;
    /** What operators did, or an alert: as it came. */
    observed?: (event: EventFrame) => void;
    environment?: ClientEnvironment;
  }) {
    this.#environment = options.environment ?? systemEnvironment;
    this.#tell = options.tell;
    this.#say = options.say;
    this.#choose = options.choose ?? (() => {});
    this.#observed = options.observed ?? (() => {});
    this.#frames = new Frames(this);
    this.client = new StreamClient({ streamUrl: options.streamUrl, environment: this.#environment });
    this.client.subscribe(() => this.#frames.request());
    const roomUrl = options.streamUrl.replace(/\/stream$/, '');
    this.#board = new BoardPanel({
      roomUrl,
      environment: this.#environment,
      redraw: () => this.#frames.request(),
      choose: (user) => this.#chooseUser(user),
      say: this.#say,
    });
    this.client.onEvent((event) => this.#observe(event));
    this.client.onNotice((notice) => this.#notice(notice));
  }

  open(): void {
    this.client.start();
    this.#tick();
  }

  close(): void {
    this.client.stop();
    this.#board.close();
    this.#timer?.cancel();
    this.#frames.stop();
  }

  showBoard(root: HTMLElement): void {
    this.#board.show(root);
    this.#frames.request();
  }

  showFeed(root: HTMLElement): void {
    this.#feedViews = {
      list: new FeedList(root, 'Newest gifts'),
      view: new FeedView(
        root,
        () => this.#frames.request(),
        (row) => row.kind === 'gift' && this.#choose({ user: row.user, gift: row }),
      ),
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
    this.#board.follow(this.choices.scope);
    this.#toldAtMs = Number.NEGATIVE_INFINITY;
    this.#frames.request();
  }

  /** The page was hidden or seen again: what waited meanwhile is no measure of painting. */
  visibilityChanged(): void {
    this.meter.takeOldest();
    this.#frames.request();
  }

  draw(nowMs: number): void {
    const view = this.client.view ?? nobody;
    this.#paintingSinceMs = this.meter.takeOldest();
    this.meter.advance(nowMs);
    this.#activity.advance(nowMs);
    this.#face = this.client.view === null ? unknownBattle : battleFace(view, this.client.serverTimeMs());
    const { paused, minDiamonds } = this.choices;
    const animated = !this.meter.isBusy(nowMs);
    this.#marks.update(view.operator);
    this.#battle?.draw(this.#face);
    this.#drawBoard(nowMs, animated);
    this.#feedViews?.view.draw({ model: this.#feed, minDiamonds, paused, muted: this.#muted }, nowMs, animated);
    if (!paused) this.#feedViews?.list.draw(this.#feed, minDiamonds, nowMs, this.#muted);
    this.#drawMeters(nowMs);
    this.#tellShell(view, nowMs);
    // What is still on its way may have ended the battle that the clock runs out for.
    const sentence = this.client.status.link === 'live' ? this.#announcer.observe(this.#face, nowMs) : null;
    if (sentence !== null) this.#say(sentence);
  }

  painted(nowMs: number): void {
    if (this.#paintingSinceMs !== null) this.meter.painted(this.#paintingSinceMs, nowMs);
    this.#paintingSinceMs = null;
  }

  #drawBoard(nowMs: number, animated: boolean): void {
    const { view } = this.client;
    const battleId = view?.battle?.battleId ?? '';
    const { scope, selected } = this.choices;
    const moment = {
      scope,
      selected,
      view,
      battle: this.#face,
      gain: (userId: string) => this.#activity.gain(userId),
      side: (userId: string) => this.#place(this.#activity.side(userId, battleId)),
      mark: (userId: string) => this.#marks.of(userId),
    };
    this.#board.draw(moment, nowMs, animated);
  }

  #chooseUser(user: User | undefined): void {
    if (user === undefined) return;
    this.choose({ selected: user.id });
    this.#choose({ user, gift: null });
  }

  /** The gifter that the keyboard is at; null = none. */
  get selected(): User | null {
    return this.#board.rows.find(({ user }) => user.id === this.choices.selected)?.user ?? null;
  }

  /** Goes to the next row (1) or the one before (-1), and says who stands there. */
  select(step: 1 | -1): void {
    const { rows } = this.#board;
    const at = rows.findIndex(({ user }) => user.id === this.choices.selected);
    const index = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
    const row = rows[index];
    if (row === undefined) return;
    this.choose({ selected: row.user.id });
    this.#board.reveal(index);
    const note = this.#marks.of(row.user.id)?.note ?? '';
    const noted = note === '' ? '' : ` Note: ${note}`;
    this.#say(`${index + 1}, ${displayName(row.user)}, ${counted(row.diamonds, 'diamond')}.${noted}`);
  }

  /** Opens what can be done about the selected gifter. */
  openSelected(): void {
    this.#chooseUser(this.selected ?? undefined);
  }

  /** Everybody on the board's first rows: to whom diamonds may be moved. */
  people(): PersonChoice[] {
    return (this.client.view ?? nobody).board.map(({ user }) => ({ id: user.id, name: displayName(user) }));
  }

  /** The sides of the battle on display that a correction may be about. */
  battles(): BattleChoice[] {
    const battle = this.client.view?.battle ?? null;
    if (battle === null) return [];
    return battle.sides.map(({ id, hosts }) => {
      const name = hosts.length === 0 ? `Side ${id.slice(-4)}` : hosts.map(displayName).join(' & ');
      return { id: `${battle.battleId} ${id}`, name, battleId: battle.battleId, sideId: id };
    });
  }

  /** A gifter as their dialog shows them. */
  gifter(user: User): GifterFace {
    return gifterFace(this.client.view ?? nobody, user);
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
      reading: this.meter.read(),
      degraded: this.#degraded(nowMs),
    });
  }

  #degraded(nowMs: number): string {
    const steps = [];
    if (this.meter.isBusy(nowMs)) steps.push('motion off');
    if (this.#feed.isFolding(nowMs)) steps.push('small gifts folded');
    return steps.length === 0 ? '' : `Simplified: ${steps.join(', ')}`;
  }

  #tellShell(view: RoomView, nowMs: number): void {
    if (nowMs - this.#toldAtMs < shellMs) return;
    this.#toldAtMs = nowMs;
    const status = this.client.status;
    const known = this.client.view !== null;
    this.#tell({
      status,
      session: known ? { ...view.session } : null,
      gaps: known ? { ...view.gaps } : null,
      goal: view.goal,
      drift: view.reconciliation === null ? '' : reconciliationText(view.reconciliation),
      boardNote: isCurrent(status.link) ? this.#board.note : '',
      sides:
        this.#face.mode === 'running' || this.#face.mode === 'over' ? this.#face.sides.map((side) => side.name) : [],
      folding: this.#feed.isFolding(nowMs),
      waiting: this.#feedViews?.view.waiting(this.#feed) ?? 0,
      operator: known ? operatorFace(view) : nothingShared,
    });
  }

  #observe(event: EventFrame): void {
    const nowMs = this.#environment.clock.nowMs();
    if (!document.hidden) this.meter.arrived(nowMs);
    this.#activity.observe(event, nowMs);
    if (event.kind === 'gift') {
      this.#feed.gift(event, nowMs, event.battle === null ? -1 : this.#place(event.battle.side));
      return;
    }
    if (event.kind === 'operator' || event.kind === 'correction') {
      this.#toldAtMs = Number.NEGATIVE_INFINITY;
      this.#observed(event);
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
