/** One place where the project breaks one of its own rules. */
export interface Violation {
  /** Path from the root of the project. */
  readonly file: string;
  readonly problem: string;
}

/** One line each, as people read them. */
export function listed(violations: readonly Violation[]): string {
  return violations.map(({ file, problem }) => `${file}: ${problem}\n`).join('');
}
