import type { Counters } from '../base/counters.ts';

// What a turn of the loop did, from counters that rooms keep anyway: how far each rose between two looks. A look costs
// an addition per room and kind, a hundred times a second. Owns the list of what is summed, which ends with telemetry's
// own list of tables, and two small arrays.

/** Counters of the hot thread by their prefix, and what one of them is called when it is told. */
const watched = [
  { name: 'messages', prefix: 'ingest', counter: 'accepted' },
  { name: 'writes', prefix: 'delivery', counter: 'writes' },
  { name: 'snapshots', prefix: 'delivery', counter: 'snapshotsMade' },
  { name: 'openings', prefix: 'gateway', counter: 'opened' },
  { name: 'asks', prefix: 'gateway', counter: 'asks' },
  { name: 'commands', prefix: 'gateway', counter: 'commands' },
] as const;

export type TurnWorkName = (typeof watched)[number]['name'];
export const turnWorkNames: readonly TurnWorkName[] = watched.map(({ name }) => name);

interface Source {
  readonly kind: number;
  readonly values: Float64Array;
  readonly place: number;
}

export class TurnWork {
  readonly #sources = new Set<Source>();
  readonly #before = new Float64Array(watched.length);
  readonly #now = new Float64Array(watched.length);
  /** How far each rose between the last two looks, in the order of `turnWorkNames`. */
  readonly rose = new Float64Array(watched.length);

  /** Takes in what of these counters is watched. Returns what leaves it out again. */
  watch(prefix: string, { spec, values }: Counters<string>): () => void {
    const names = Object.keys(spec);
    const taken: Source[] = [];
    watched.forEach((one, kind) => {
      const place = one.prefix === prefix ? names.indexOf(one.counter) : -1;
      if (place >= 0) taken.push({ kind, values, place });
    });
    for (const source of taken) this.#sources.add(source);
    return () => {
      for (const source of taken) this.#sources.delete(source);
    };
  }

  look(): void {
    this.#now.fill(0);
    for (const { kind, values, place } of this.#sources) this.#now[kind]! += values[place]!;
    for (let kind = 0; kind < watched.length; kind++) {
      // A room that was taken off takes its sum with it: that is no work undone.
      this.rose[kind] = Math.max(0, this.#now[kind]! - this.#before[kind]!);
      this.#before[kind] = this.#now[kind]!;
    }
  }
}
