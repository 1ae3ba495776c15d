import { createHash } from 'node:crypto';

// The world of the torture: what event `seq` is, and the board that the events up to it make. Both sides of a kill
// know it.

const gifters = 500;

export function gifterOf(seq: number): string {
  return `gifter-${(seq * 7919) % gifters}`;
}

export function diamondsOf(seq: number): number {
  return 1 + ((seq * 104_729) % 5000);
}

/** Differs in length and content from event to event, so that a misplaced byte shows. */
export function payloadOf(seq: number): Buffer {
  const text = 'é'.repeat(seq % 90) + 'x'.repeat((seq * 31) % 400);
  const gift = { kind: 'gift', gifter: gifterOf(seq), diamonds: diamondsOf(seq), text };
  return Buffer.from(`{"seq":${seq},${JSON.stringify(gift).slice(1)}`);
}

export class Board {
  readonly #diamonds = new Map<string, number>();
  seq = 0;

  apply(seq: number): void {
    this.seq = seq;
    const gifter = gifterOf(seq);
    this.#diamonds.set(gifter, (this.#diamonds.get(gifter) ?? 0) + diamondsOf(seq));
  }

  save(): Buffer {
    return Buffer.from(JSON.stringify({ seq: this.seq, rows: [...this.#diamonds] }));
  }

  load(bytes: Buffer): void {
    const { seq, rows } = JSON.parse(bytes.toString()) as { seq: number; rows: [string, number][] };
    this.seq = seq;
    this.#diamonds.clear();
    for (const [gifter, diamonds] of rows) this.#diamonds.set(gifter, diamonds);
  }

  /** Equal for equal boards. */
  fingerprint(): string {
    const rows = [...this.#diamonds].sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash('sha1').update(JSON.stringify(rows)).digest('hex').slice(0, 16);
  }
}
