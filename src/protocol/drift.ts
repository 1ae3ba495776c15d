// What shows that upstream has changed since this version was written, as operators see it (`meks drift`). Counted by
// src/normalizer/drift.ts, where the words are explained.

/** Times are Unix ms, of arrival. */
interface Seen {
  readonly count: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

export interface DriftReport {
  /** Methods that MEKS has never heard of. */
  readonly methods: readonly (Seen & { readonly method: string })[];
  /** Fields that are new, missing, or of another type than they were. */
  readonly fields: readonly (Seen & {
    readonly method: string;
    /** Field numbers from the top of the message: `15`, or `7.3`. */
    readonly path: string;
    readonly change: 'new' | 'missing' | 'mistyped';
  })[];
  /** Signs that events are being lost to a change: those that are open, and those that were. */
  readonly alarms: readonly {
    readonly kind: 'method-unknown' | 'method-changed' | 'price-mismatch';
    readonly method: string;
    /** The method that MEKS reads and that this is about: the same, or the one that it may have been until now. */
    readonly concerns: string;
    readonly detail: string;
    readonly at: number;
    readonly lastSeenAt: number;
    /** Messages since `at` that show it. */
    readonly count: number;
    /** False once nothing of the kind has come for an hour of the room's time; the next sign raises it anew. */
    readonly open: boolean;
  }[];
}
