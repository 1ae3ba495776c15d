import { assert } from '../base/assert.ts';
import { Counters } from '../base/counters.ts';
import type { BattleSide, BattleState } from '../protocol/battle-state.ts';
import type { BoardRequest, BoardScope } from '../protocol/board-scope.ts';
import type { CorrectionEvent, CorrectionRequest, LedgerEntry } from '../protocol/corrections.ts';
import type { GiftEvent, MeksEvent, RoomEvent, ScoreEvent, User } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import { applyEvent, beginsSession, emptyRoomView, type RoomView } from '../protocol/room-view.ts';
import { BattleTally } from './battle-tally.ts';
import { BattleBoards, sideOfGift } from './battle-boards.ts';
import { droppedHosts, hostInSides } from './battle-sides.ts';
import { joinDiamonds } from './battle-join.ts';
import { stepBattle, type BattleInput } from './battle.ts';
import { BoardReader } from './board-reader.ts';
import { BoardWindow } from './board-window.ts';
import type { Board } from './board.ts';
import { Boards } from './boards.ts';
import { checkRanking, type CheckReport } from './check.ts';
import { cockpitOf, resultsAfter, seriesOf } from './cockpit.ts';
import { sessionRows } from './corrected-sides.ts';
import { carryOut, type CorrectedState, planOf } from './corrections.ts';
import { Drift, type DriftReport } from './drift.ts';
import { GiftCatalogue } from './gift-catalogue.ts';
import { GiftIndex } from './gift-index.ts';
import { Ledger } from './ledger.ts';
import { type Aging, rankingCounterSpec, type RankingOptions } from './options.ts';
import { correctionOf } from './request.ts';
import { RoomTime } from './room-time.ts';
import { Roster } from './roster.ts';
import { emptySums, loadState, type RankingState, saveState, type SavedParts } from './saved-state.ts';
import { vet, vetSize } from './vet.ts';
import { isRecent } from './windows.ts';

export { isSavedRanking } from './bytes.ts';
export type { BoardReader, RankedStanding } from './board-reader.ts';
export type { CheckReport } from './check.ts';
export type { DriftReport } from './drift.ts';
export type { BoardWindow } from './board-window.ts';
export type { Aging, RankingOptions } from './options.ts';

// The door of ranking/: the single owner of a room's leaderboard and battle state. `apply` is one synchronous turn: it
// looks the event up and down and computes what follows, and only then writes. What throws has changed nothing; should
// the writing itself ever fail, that is a bug, and this ranking refuses to go on: the process restarts from its log.
//
// The view is the state that dashboards see, moved by the same function as theirs (protocol/room-view.ts). Here are the
// parts of the state that a view has no room for: whole boards, who is who, what the next battle message needs to be
// understood. Everything follows from the events alone: no clock, no chance. Replaying a log from any snapshot gives
// the same bytes.

export class Ranking {
  readonly view: RoomView;
  readonly counters = new Counters(rankingCounterSpec);
  readonly aging: Aging = { time: () => this.#time.now, isDue: (now) => this.#boards.isDue(now) };
  readonly #options: RankingOptions;
  readonly #roster: Roster;
  readonly #boards: Boards;
  readonly #battles = new BattleBoards();
  readonly #gifts = new GiftCatalogue();
  readonly #named = new GiftIndex();
  readonly #ledger = new Ledger();
  readonly #tally = new BattleTally();
  readonly #drift = new Drift();
  readonly #time = new RoomTime();
  #hostId: string;
  #seq = 0;
  #sums = emptySums();
  /** True while a turn writes. Still true when the next one begins: the last one failed half way. */
  #writing = false;
  #probe = 0;

  constructor(options: RankingOptions, saved?: Uint8Array) {
    this.#options = options;
    const giftersMax = options.giftersMax ?? limits.giftersMax.value;
    this.#boards = new Boards(options.timeZone);
    this.#hostId = options.hostId ?? '';
    if (saved === undefined) {
      this.#roster = new Roster(giftersMax);
      this.view = emptyRoomView(options.room);
      return;
    }
    const { state, roster } = loadState(saved, options.room, giftersMax, this.#parts());
    this.#roster = roster;
    this.view = state.view;
    this.#seq = state.seq;
    if (this.#hostId === '') this.#hostId = state.hostId;
    this.#sums = state.sums;
    this.#time.restore(state.time);
    this.#ledger.restore(state.ledger);
    options.companion?.restore(state.companion);
    this.#tally.restore(state.tally);
    this.#drift.restore(state.drift);
    for (const gift of state.gifts) this.#gifts.see({ ...gift, type: 0 });
  }

  /**
   * The ranking that `save` wrote. Throws MEKS_JOURNAL_CORRUPT where the bytes are damaged, of another version or of
   * another room; the broker then rebuilds from the log alone.
   */
  static restore(saved: Uint8Array, options: RankingOptions): Ranking {
    return new Ranking(options, saved);
  }

  /** Number of the last event applied; 0 = none. */
  get seq(): number {
    return this.#seq;
  }

  /** User id of the room's host; '' = not known yet. */
  get hostId(): string {
    return this.#hostId;
  }

  /**
   * One turn: moves boards, battle and view by one event, and fills in the fields of the event that are the ranking's.
   * `seq` is the event's number, above that of the one before. Throws AssertionError, and has changed nothing, where
   * the event is not what its type says.
   */
  apply(seq: number, event: MeksEvent): void {
    assert(!this.#writing, 'the ranking stands still since a turn failed half way');
    assert(seq > this.#seq, 'events come in the order of their numbers');
    vet(event);
    this.#options.onStep?.('vetted');
    switch (event.kind) {
      case 'gift':
        this.#applyGift(seq, event);
        break;
      case 'battle':
        this.#applyBattle(seq, event);
        break;
      case 'score':
        if (event.basis === 'points') this.#applyBattle(seq, event);
        else if (event.from === undefined) this.#applyDrift(seq, event);
        else this.#applyJoin(seq, event);
        break;
      case 'correction':
        this.#applyCorrection(seq, event);
        break;
      case 'room':
        this.#applyRoom(seq, event);
        break;
      default:
        this.#begin(seq, event);
        if (event.kind === 'gap') this.#drift.gap();
        this.#end(seq, event);
    }
  }

  /** From here to `#end` nothing can fail that could have been seen before. */
  #begin(seq: number, event: MeksEvent): void {
    this.#options.onStep?.('computed');
    this.#writing = true;
    this.#seq = seq;
    this.#time.hear(event);
    this.#tally.hear(event);
    this.#boards.moveTime(this.#time.now);
  }

  #end(seq: number, event: MeksEvent): void {
    applyEvent(this.view, seq, event);
    this.#options.companion?.apply(this.view, seq, event, this.#time.now);
    this.#writing = false;
  }

  #applyGift(seq: number, event: GiftEvent): void {
    const { diamonds, user } = event;
    const known = this.#roster.find(user.id);
    const refused = known < 0 && this.#roster.full;
    this.#options.onStep?.('looked-up');
    // What only ends a streak, and what costs nothing, brings nobody to another place.
    const ranked = diamonds > 0 && !refused;
    const side = ranked ? sideOfGift(this.view.battle, event, this.#hostId) : -1;
    const former = ranked && side < 0 ? sideOfGift(this.#battles.former, event, this.#hostId) : -1;

    this.#begin(seq, event);
    event.standing = null;
    event.battle = null;
    if (ranked) {
      const gifter = this.#roster.put(user);
      const receiver = event.receiver === this.#hostId ? '' : event.receiver;
      const { now } = this.#time;
      const rank = this.#boards.add(gifter, diamonds, seq, receiver, now, isRecent(event, now));
      event.standing = this.#boards.standing(gifter, rank);
      let counted: BattleSide | undefined;
      if (side >= 0) {
        event.battle = this.#battles.count(this.view.battle!.battleId, side, gifter, diamonds, seq);
        counted = this.view.battle!.sides[side];
        if (side === this.view.battle!.own) this.#tally.gift(event.battle.battleId, event);
        this.counters.add('battleGifts');
      } else if (former >= 0) {
        event.battle = this.#battles.countFormer(former, gifter, diamonds, seq);
        counted = this.#battles.former!.sides[former];
        this.counters.add('formerBattleGifts');
      }
      const battleId = event.battle?.battleId ?? '';
      this.#named.put(event.id, seq, gifter, diamonds, receiver, battleId, counted?.id ?? '');
    } else if (known >= 0) {
      const rank = this.#boards.session.rankOf(known);
      if (rank > 0) event.standing = this.#boards.standing(known, rank);
    }
    if (refused) {
      this.#sums.unranked += diamonds;
      this.counters.add('giftersRefused');
    }
    if (event.count > 0) this.#sums.gifted += diamonds;
    this.#gifts.see(event.gift);
    this.#drift.gift(event, event.receiver === this.#hostId ? '' : event.receiver);
    this.counters.add('gifts');
    this.counters.add('giftDiamonds', diamonds);
    this.#end(seq, event);
  }

  #applyBattle(seq: number, event: BattleInput): void {
    const before = this.view.battle;
    const room = { hostId: this.#hostId, handle: this.view.room.handle, liveId: this.view.session.liveId };
    const learned =
      room.hostId === '' && event.kind === 'battle' && event.change === 'state' ? hostInSides(event.sides, room) : '';
    if (learned !== '') room.hostId = learned;
    this.#options.onStep?.('looked-up');
    const after = stepBattle(before, event, { room, ended: this.#sums.ended, heardSince: this.#tally.heardSince });
    vetSize(seq, event, after);
    if (after === null || after === before) {
      this.#carry(seq, event, after, 'staleBattleEvents');
      return;
    }
    const results = resultsAfter(this.#sums.results, after);
    const at = event.kind === 'score' && event.scoredAt !== 0 ? event.scoredAt : event.at;
    const reading = this.#tally.read(before, after, event);
    after.cockpit = cockpitOf(after, { at, gifts: this.#gifts, reading, series: seriesOf(results, after) });

    this.#begin(seq, event);
    if (learned !== '') {
      this.#hostId = learned;
      this.#boards.joinReceiver(learned);
      this.#named.joinReceiver(learned);
    }
    if (before !== null && before.battleId !== after.battleId) {
      this.#sums.ended = [...this.#sums.ended.slice(1 - limits.battlesRememberedMax.value), before.battleId];
    }
    this.#battles.turn(before, after);
    this.#sums.results = results;
    this.#tally.take(reading, after);
    if (event.kind === 'score') this.#drift.armies(after, event.sides);
    event.state = after;
    this.counters.add('battleEvents');
    this.counters.add('battleHostsDropped', droppedHosts(event, after.sides));
    this.#end(seq, event);
  }

  /** Another room of this broker is in the same battle, and says what it counted. */
  #applyJoin(seq: number, event: ScoreEvent): void {
    const after = joinDiamonds(this.view.battle, event);
    this.#carry(seq, event, after, after === null ? 'staleBattleEvents' : 'battlesJoined');
  }

  /** A turn that moves no board, of an event that carries the battle as it is after it. */
  #carry(seq: number, event: BattleInput, state: BattleState | null, counter: keyof typeof rankingCounterSpec): void {
    this.#begin(seq, event);
    event.state = state;
    this.counters.add(counter);
    this.#end(seq, event);
  }

  /** Upstream's running diamonds are for comparison: they move nothing, and the event carries no battle. */
  #applyDrift(seq: number, event: ScoreEvent): void {
    this.#begin(seq, event);
    event.state = null;
    this.#drift.totals(event, this.#hostId, this.view.battle, (receiver) => this.#boards.givenTo(receiver));
    this.#end(seq, event);
  }

  #applyRoom(seq: number, event: RoomEvent): void {
    const begins = beginsSession(this.view, event);
    this.#begin(seq, event);
    if (begins) {
      this.#boards.beginSession();
      this.#battles.clear();
      this.#named.clear();
      this.#ledger.beginSession(seq);
      this.#drift.clear();
      this.#tally.clear();
      this.#sums = emptySums();
      this.counters.add('sessions');
    }
    this.#end(seq, event);
  }

  #applyCorrection(seq: number, event: CorrectionEvent): void {
    const { session } = this.#boards;
    const state = this.#corrected();
    const plan = planOf(event, state);
    this.#options.onStep?.('looked-up');

    this.#begin(seq, event);
    carryOut(plan, event, state, this.view.battle, { seq, now: this.#time.now });
    event.gifters = session.size;
    event.sessionDiamonds = session.total + this.#sums.unranked;
    event.board = sessionRows(session, this.#roster);
    this.#ledger.add(event, seq, this.#boards.day, this.#boards.week);
    this.counters.add('corrections');
    if (event.applied! < plan.asked) this.counters.add('correctionsCut');
    this.#end(seq, event);
  }

  #corrected(): CorrectedState {
    return { ...this.#parts(), roster: this.#roster, ledger: this.#ledger, hostId: this.#hostId };
  }

  /** The event that says what an operator asks for; nothing has changed. Throws MeksError where it cannot be meant. */
  correctionOf(request: CorrectionRequest, at: number): CorrectionEvent {
    return correctionOf(request, at, this.#corrected(), this.view.battle);
  }

  /** The newest corrections, the newest first. */
  ledger(): LedgerEntry[] {
    return this.#ledger.list();
  }

  /** Who is known by this id; null = nobody has been met. */
  userOf(id: string): User | null {
    const gifter = this.#roster.find(id);
    return gifter < 0 ? null : this.#roster.user(gifter);
  }

  /** A board to ask; null where there is none in that scope (no battle, a receiver who got nothing). */
  board(scope: BoardScope): BoardReader | null {
    const board = this.#find(scope);
    return board === undefined ? null : new BoardReader(board, this.#roster);
  }

  /** The visible part of a board, read anew whenever it is asked to: for subscriptions. */
  window(request: BoardRequest): BoardWindow {
    const shown = (): string => this.view.battle?.battleId ?? '';
    return new BoardWindow(() => this.#find(request.scope), shown, this.#roster, request);
  }

  #find(scope: BoardScope): Board | undefined {
    if (scope.kind === 'side') return this.#battles.in(scope.side, scope.battleId ?? null, this.view.battle);
    const ofHost = scope.kind === 'receiver' && scope.receiver === this.#hostId;
    return this.#boards.in(ofHost ? { kind: 'receiver', receiver: '' } : scope);
  }

  /** The battle before the one on display, late gifts included; null = none in this session. */
  get formerBattle(): Readonly<BattleState> | null {
    return this.#battles.former;
  }

  /** How far what upstream tells is from what was counted: totals per host, and coins of its top viewers. */
  drift(): DriftReport {
    const { topViewers, battle } = this.view;
    const own = battle === null || battle.own < 0 ? null : this.board({ kind: 'side', side: battle.own });
    const session = new BoardReader(this.#boards.session, this.#roster);
    return this.#drift.report(topViewers, session, battle?.battleId ?? '', own);
  }

  /** False once a turn has failed half way: nothing more is applied then. */
  get isSound(): boolean {
    return !this.#writing;
  }

  /** Tells whether everything adds up, at the cost of a few hundred comparisons. For a timer, not for every event. */
  check(): CheckReport {
    const report = checkRanking({
      view: this.view,
      ...this.#corrected(),
      sums: this.#sums,
      probe: this.#probe++,
      writing: this.#writing,
    });
    this.counters.add('checks');
    if (report.problems.length > 0) this.counters.add('checksFailed');
    return report;
  }

  #parts(): SavedParts {
    return { boards: this.#boards, battles: this.#battles, gifts: this.#named };
  }

  /** Complete state as bytes. The same events give the same bytes, with or without a restore in between. */
  save(): Uint8Array {
    assert(!this.#writing, 'a ranking whose last turn failed half way is not saved');
    const state: RankingState = {
      seq: this.#seq,
      hostId: this.#hostId,
      sums: this.#sums,
      time: this.#time.save(),
      tally: this.#tally.save(),
      drift: this.#drift.save(),
      gifts: this.#gifts.kinds(),
      receivers: this.#boards.savedReceivers(),
      former: this.#battles.former,
      ledger: this.#ledger.save(),
      companion: this.#options.companion?.save() ?? '',
      named: this.#named.savedNames(),
      view: this.view,
    };
    return saveState(state, this.#roster, this.#parts());
  }
}
