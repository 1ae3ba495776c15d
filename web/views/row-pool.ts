// Rows that are moved and not made: absolute, of one height, placed by `transform`. Owns at most as many row elements
// as were ever shown at once; a row that leaves waits, hidden, for the next key. Between `begin` and `end` the view
// says which key stands where; only what changed is written. Transitions run from wherever a row is (CSS), so a move
// can be interrupted by the next; when more than `movesAnimatedMax` rows move in one frame, nothing is animated:
// everything moving is the same as nothing readable. A row that comes in animated has the class `enters`.

export interface PooledRow {
  readonly element: HTMLElement;
}

interface Slot<R> {
  readonly row: R;
  key: string;
  index: number;
  frame: number;
  fresh: boolean;
}

export interface RowPoolOptions<R extends PooledRow> {
  readonly container: HTMLElement;
  readonly rowHeightPx: number;
  readonly movesAnimatedMax: number;
  readonly make: () => R;
}

export class RowPool<R extends PooledRow> {
  readonly #container: HTMLElement;
  readonly #rowHeightPx: number;
  readonly #movesAnimatedMax: number;
  readonly #make: () => R;
  readonly #slots = new Map<string, Slot<R>>();
  readonly #free: Slot<R>[] = [];
  #fresh: Slot<R>[] = [];
  #moved: Slot<R>[] = [];
  #moves = 0;
  #frame = 0;
  #rowsTotal = -1;
  #still = false;

  constructor(options: RowPoolOptions<R>) {
    this.#container = options.container;
    this.#rowHeightPx = options.rowHeightPx;
    this.#movesAnimatedMax = options.movesAnimatedMax;
    this.#make = options.make;
  }

  begin(): void {
    this.#frame++;
    this.#moves = 0;
    for (const slot of this.#fresh) {
      slot.fresh = false;
      slot.row.element.classList.remove('is-fresh');
    }
    this.#fresh = [];
  }

  /** The row of `key`, to stand at `index` (from 0). Each key at most once between `begin` and `end`. */
  place(key: string, index: number): R {
    const slot = this.#slots.get(key) ?? this.#take(key);
    slot.frame = this.#frame;
    if (slot.index !== index) {
      if (!slot.fresh) this.#moves++;
      slot.index = index;
      this.#moved.push(slot);
    }
    return slot.row;
  }

  /** Puts everything where it was placed and lets go of what was not; the list is as long as `rowsTotal` rows. */
  end(rowsTotal: number, animated: boolean): void {
    const still = !animated || this.#moves > this.#movesAnimatedMax;
    if (still !== this.#still) {
      this.#still = still;
      this.#container.classList.toggle('is-still', still);
    }
    if (!still) for (const slot of this.#fresh) slot.row.element.classList.add('enters');
    for (const slot of this.#moved)
      slot.row.element.style.transform = `translateY(${slot.index * this.#rowHeightPx}px)`;
    this.#moved = [];
    for (const slot of this.#slots.values()) if (slot.frame !== this.#frame) this.#release(slot);
    if (rowsTotal === this.#rowsTotal) return;
    this.#rowsTotal = rowsTotal;
    this.#container.style.height = `${rowsTotal * this.#rowHeightPx}px`;
  }

  #take(key: string): Slot<R> {
    const slot = this.#free.pop() ?? this.#add();
    slot.key = key;
    slot.index = -1;
    slot.fresh = true;
    this.#slots.set(key, slot);
    this.#fresh.push(slot);
    slot.row.element.classList.add('is-fresh');
    slot.row.element.style.visibility = '';
    return slot;
  }

  #add(): Slot<R> {
    const row = this.#make();
    this.#container.append(row.element);
    return { row, key: '', index: -1, frame: 0, fresh: true };
  }

  #release(slot: Slot<R>): void {
    this.#slots.delete(slot.key);
    this.#free.push(slot);
    slot.row.element.style.visibility = 'hidden';
    slot.row.element.classList.remove('enters');
  }
}
