import type { Quarantined, QuarantinedInDetail, QuarantineList } from '../../protocol/quarantine.ts';
import type { RawMessage } from '../../protocol/raw.ts';

// What the gateway wants of the quarantine, by room id. The broker gives it its own (broker/quarantine-desk.ts).

export interface QuarantineSource {
  /** Resolves when everything that was set aside until now is kept. Never rejects. */
  settle(): Promise<void>;
  list(room: string, before: number, rowsMax: number): Promise<QuarantineList>;
  /** null = there is no such message. */
  show(room: string, id: number): Promise<QuarantinedInDetail | null>;
  /** Lines of a recording, oldest first, as they are read from the disk. */
  export(room: string): AsyncIterable<string>;
  /** Messages that can be run again: those of `ids`, or all above `after`, oldest first. */
  messages(
    room: string,
    ids: readonly number[] | null,
    after: number,
    countMax: number,
  ): Promise<readonly { readonly facts: Quarantined; readonly raw: RawMessage }[]>;
  /** These were run again and understood, or counted before. */
  resolve(room: string, ids: readonly number[]): Promise<void>;
}
