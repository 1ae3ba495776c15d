import type { BattleState } from '../../protocol/battle-state.ts';
import type { CorrectionEvent } from '../../protocol/corrections.ts';
import type { GiftEvent, MeksEvent } from '../../protocol/events.ts';
import { boardRowsMax, type RoomView, sideRowsMax, standsAbove } from '../../protocol/room-view.ts';
import { demand } from './failure.ts';

// The naive recount: what boards must say after the events that were published, added up by hand in plain maps and
// sorted anew for every question. Shares nothing with the ranking but the order of two rows. Bounded by the people of
// the world.

interface Row {
  diamonds: number;
  seq: number;
}

type Rows = Map<string, Row>;

export class Recount {
  #rows: Rows = new Map();
  /** By battle id and index of the side. */
  #sides = new Map<string, Rows>();
  #diamonds = 0;
  #gifts = 0;
  #liveId = '';
  #over = false;
  /** Ids of the sides of each battle, in their order. */
  #sideIds = new Map<string, readonly string[]>();

  /** Takes up the event, and holds what it says of standings against the count. */
  apply(seq: number, event: MeksEvent): void {
    if (event.kind === 'gift') this.#gift(seq, event);
    else if (event.kind === 'correction') this.#correction(seq, event);
    else if (event.kind === 'battle' || event.kind === 'score') this.#battle(event.state);
    else if (event.kind === 'room' && event.topic === 'live') this.#live(event.liveId ?? '');
    else if (event.kind === 'room' && (event.topic === 'ended' || event.topic === 'suspended')) this.#over = true;
    else if (event.kind === 'room' && event.topic === 'resumed') this.#over = false;
  }

  /** Holds a whole view against the count. `where` is for people. */
  compare(view: RoomView, where: string): void {
    const { session } = view;
    const told = [session.diamonds, session.gifts, session.gifters];
    const counted = [this.#diamonds, this.#gifts, this.#rows.size];
    const same = told.every((value, index) => value === counted[index]);
    demand(same, 'boards', () => `${where}: diamonds, gifts, gifters are ${told.join()}, counted ${counted.join()}`);
    compareRows(view.board, this.#rows, boardRowsMax, `${where}: session board`);
    const { battle } = view;
    if (battle === null) return;
    for (const [index, side] of battle.sides.entries()) {
      const rows = this.#sides.get(`${battle.battleId} ${side.id}`) ?? new Map<string, Row>();
      const sum = sumOf(rows);
      demand((side.diamonds ?? 0) === sum, 'boards', () => `${where}: side ${index} has ${side.diamonds}, not ${sum}`);
      compareRows(view.battleBoards[index] ?? [], rows, sideRowsMax, `${where}: board of side ${index}`);
    }
  }

  #battle(state: BattleState | null): void {
    if (state !== null)
      this.#sideIds.set(
        state.battleId,
        state.sides.map(({ id }) => id),
      );
  }

  #live(liveId: string): void {
    const other = liveId !== '' && this.#liveId !== '' ? liveId !== this.#liveId : this.#over;
    if (other) {
      this.#rows = new Map();
      this.#sides = new Map();
      this.#diamonds = 0;
      this.#gifts = 0;
    }
    if (liveId !== '') this.#liveId = liveId;
    this.#over = false;
  }

  #gift(seq: number, event: GiftEvent): void {
    const { count, diamonds, gift, user, standing, battle } = event;
    const where = (): string => `gift ${event.id} at seq ${seq}`;
    demand(
      diamonds === count * gift.price,
      'diamonds',
      () => `${where()}: ${count} x ${gift.price} is not ${diamonds}`,
    );
    if (count === 0) return;
    this.#gifts += count;
    this.#diamonds += diamonds;
    give(this.#rows, user.id, diamonds, seq);
    const mine = this.#rows.get(user.id)!;
    const [told, counted] = [standing, { diamonds: mine.diamonds, rank: rankIn(this.#rows, mine) }];
    const right = told?.diamonds === counted.diamonds && told.rank === counted.rank && told.gifters === this.#rows.size;
    demand(
      right,
      'standing',
      () => `${where()}: ${JSON.stringify(told)} of ${this.#rows.size}, counted ${JSON.stringify(counted)}`,
    );
    if (battle === null) return;
    const sideId = this.#sideIds.get(battle.battleId)?.[battle.side] ?? '';
    const side = this.#side(`${battle.battleId} ${sideId}`);
    give(side, user.id, diamonds, seq);
    const part = side.get(user.id)!;
    const sum = sumOf(side);
    const fits = battle.sideDiamonds === sum && battle.diamonds === part.diamonds && battle.rank === rankIn(side, part);
    demand(fits, 'standing', () => `${where()}: ${JSON.stringify(battle)}, counted ${sum} and ${part.diamonds}`);
  }

  #side(name: string): Rows {
    const known = this.#sides.get(name) ?? new Map<string, Row>();
    this.#sides.set(name, known);
    return known;
  }

  /** Compensating entries: what they ask for, but never more than is there; an undo what it says it has undone. */
  #correction(seq: number, event: CorrectionEvent): void {
    const { action, user, target, diamonds, applied = 0 } = event;
    const effect = event.effect ?? null;
    const where = (): string => `${action} ${event.id} at seq ${seq}`;
    const held = this.#rows.get(user.id)?.diamonds ?? 0;
    const most = action === 'merge' ? held : action === 'add' ? diamonds : Math.min(held, diamonds);
    const plain = action !== 'undo' && action !== 'attribute';
    const told = effect?.session ?? 0;
    if (plain) demand(told === most, 'correction', () => `${where()} moved ${told}, ${most} were there`);
    demand(applied === told || !plain, 'correction', () => `${where()} applied ${applied}, moved ${told}`);
    if (effect !== null) {
      const { from, to, session } = effect;
      const named = new Set([user.id, target?.id ?? '', '']);
      demand(named.has(from) && named.has(to), 'correction', () => `${where()} moved between strangers`);
      if (session > 0 && from !== to) {
        if (from !== '') give(this.#rows, from, -session, seq);
        if (to !== '') give(this.#rows, to, session, seq);
        this.#diamonds += (to === '' ? 0 : session) - (from === '' ? 0 : session);
      }
      for (const { battleId, sideId, taken, given } of effect.sides) {
        const side = this.#side(`${battleId} ${sideId}`);
        if (taken > 0) give(side, from, -taken, seq);
        if (given > 0) give(side, to, given, seq);
      }
    }
    const total = this.#diamonds;
    const session = event.sessionDiamonds;
    demand(session === total, 'correction', () => `${where()}: the session has ${session}, not ${total}`);
  }
}

function give(rows: Rows, id: string, diamonds: number, seq: number): void {
  const row = rows.get(id) ?? { diamonds: 0, seq: 0 };
  row.diamonds += diamonds;
  row.seq = seq;
  if (row.diamonds === 0) rows.delete(id);
  else rows.set(id, row);
}

function sumOf(rows: Rows): number {
  let sum = 0;
  for (const { diamonds } of rows.values()) sum += diamonds;
  return sum;
}

function rankIn(rows: Rows, row: Row): number {
  let rank = 1;
  for (const other of rows.values()) if (standsAbove(other, row)) rank++;
  return rank;
}

function compareRows(shown: RoomView['board'], rows: Rows, rowsMax: number, where: string): void {
  const sorted = [...rows].sort(([, a], [, b]) => (standsAbove(a, b) ? -1 : standsAbove(b, a) ? 1 : 0));
  const length = Math.min(sorted.length, rowsMax);
  demand(shown.length === length, 'boards', () => `${where} has ${shown.length} rows, counted ${length}`);
  for (let index = 0; index < length; index++) {
    const [told, [, counted]] = [shown[index]!, sorted[index]!];
    const own = rows.get(told.user.id);
    const same = told.diamonds === counted.diamonds && own?.diamonds === told.diamonds && own.seq === told.seq;
    demand(
      same,
      'boards',
      () => `${where}, row ${index + 1}: ${told.user.id} has ${told.diamonds}, not ${counted.diamonds}`,
    );
  }
}
