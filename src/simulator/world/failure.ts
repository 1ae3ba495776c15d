// What ends a simulated world before its time.

/** A law of the house was broken: the product has a bug, or the world has. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
  /** Which law, by its short name: shrinking keeps it. */
  readonly law: string;

  constructor(law: string, detail: string) {
    super(detail);
    this.law = law;
  }
}

/** Breaks off when `condition` does not hold. */
export function demand(condition: boolean, law: string, detail: () => string): void {
  if (!condition) throw new LawBroken(law, detail());
}

/** The process is dead from here on: unwinds whatever it was doing. Never an error of the product. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}
