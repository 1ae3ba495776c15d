// Owns what each dashboard has been given: the index of the next event it must see, and which of the skipped ones are
// still missing. One number per dashboard while all goes well; a set of indices only for a dashboard that was skipped
// over, bounded by the schedule's events. Loss is what is missing at the end and was not announced by `lagged`.
// With several rooms, event i belongs to room i mod rooms, and dashboard d looks at room d mod rooms alone.

export interface AccountingTotals {
  readonly deliveries: number;
  /** Missing at the end and never announced. */
  readonly lost: number;
  /** Announced by `lagged` or by a snapshot in place of a resume: made whole by the snapshot, so not lost. */
  readonly told: number;
  readonly duplicated: number;
  /** Came after a later one had come. */
  readonly disordered: number;
  /** Ids that this run never sent, or sent into another room. */
  readonly foreign: number;
  readonly laggedFrames: number;
  readonly snapshots: number;
}

export class Accounting {
  readonly events: number;
  readonly rooms: number;
  readonly #next: Int32Array;
  /** 1 = a snapshot has come since the last event: what it skips was told. */
  readonly #healed: Uint8Array;
  readonly #missing = new Map<number, Set<number>>();
  readonly #deliveries: Float64Array;
  readonly #told: Float64Array;
  readonly #duplicated: Float64Array;
  readonly #disordered: Float64Array;
  readonly #foreign: Float64Array;
  readonly #lagged: Float64Array;
  readonly #snapshots: Float64Array;

  constructor(dashboards: number, events: number, rooms = 1) {
    this.events = events;
    this.rooms = rooms;
    this.#next = Int32Array.from({ length: dashboards }, (_, dashboard) => dashboard % rooms);
    this.#healed = new Uint8Array(dashboards);
    this.#deliveries = new Float64Array(dashboards);
    this.#told = new Float64Array(dashboards);
    this.#duplicated = new Float64Array(dashboards);
    this.#disordered = new Float64Array(dashboards);
    this.#foreign = new Float64Array(dashboards);
    this.#lagged = new Float64Array(dashboards);
    this.#snapshots = new Float64Array(dashboards);
  }

  /** Event `index` reached `dashboard`. True when this is its first time there: only those have a latency. */
  event(dashboard: number, index: number): boolean {
    if (index === this.#next[dashboard]) {
      this.#next[dashboard] = index + this.rooms;
      this.#healed[dashboard] = 0;
      this.#deliveries[dashboard]!++;
      return true;
    }
    return this.#outOfLine(dashboard, index);
  }

  /** A frame said that events will not come; the snapshot after it makes the dashboard whole. */
  lagged(dashboard: number): void {
    this.#lagged[dashboard]!++;
  }

  /** A snapshot replaced all that `dashboard` held. */
  snapshot(dashboard: number): void {
    this.#snapshots[dashboard]!++;
    this.#healed[dashboard] = 1;
  }

  /** True when `index` is the last of its room: nothing more will come after it. */
  isLast(index: number): boolean {
    return index + this.rooms >= this.events;
  }

  /** Sums over `dashboards`. To be asked when the run is over: what has not come by then is lost. */
  totals(dashboards: Iterable<number>): AccountingTotals {
    const sum = {
      deliveries: 0,
      lost: 0,
      told: 0,
      duplicated: 0,
      disordered: 0,
      foreign: 0,
      laggedFrames: 0,
      snapshots: 0,
    };
    for (const dashboard of dashboards) {
      const tail = Math.max(0, Math.ceil((this.events - this.#next[dashboard]!) / this.rooms));
      const healedTail = this.#healed[dashboard] === 1 ? tail : 0;
      sum.deliveries += this.#deliveries[dashboard]!;
      sum.lost += (this.#missing.get(dashboard)?.size ?? 0) + tail - healedTail;
      sum.told += this.#told[dashboard]! + healedTail;
      sum.duplicated += this.#duplicated[dashboard]!;
      sum.disordered += this.#disordered[dashboard]!;
      sum.foreign += this.#foreign[dashboard]!;
      sum.laggedFrames += this.#lagged[dashboard]!;
      sum.snapshots += this.#snapshots[dashboard]!;
    }
    return sum;
  }

  #outOfLine(dashboard: number, index: number): boolean {
    if (index < 0 || index >= this.events || index % this.rooms !== dashboard % this.rooms) {
      this.#foreign[dashboard]!++;
      return false;
    }
    const next = this.#next[dashboard]!;
    if (index > next) {
      this.#skip(dashboard, next, index);
      this.#next[dashboard] = index + this.rooms;
      this.#deliveries[dashboard]!++;
      return true;
    }
    if (this.#missing.get(dashboard)?.delete(index) !== true) {
      this.#duplicated[dashboard]!++;
      return false;
    }
    this.#disordered[dashboard]!++;
    this.#deliveries[dashboard]!++;
    return true;
  }

  #skip(dashboard: number, from: number, to: number): void {
    if (this.#healed[dashboard] === 1) {
      this.#healed[dashboard] = 0;
      this.#told[dashboard]! += (to - from) / this.rooms;
      return;
    }
    let missing = this.#missing.get(dashboard);
    if (missing === undefined) this.#missing.set(dashboard, (missing = new Set()));
    for (let index = from; index < to; index += this.rooms) missing.add(index);
  }
}
