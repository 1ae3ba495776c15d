import { formatMessageLine, parseRecordingLine } from '../feed/recording.ts';
import type { RawMessage } from '../protocol/raw.ts';
import type { Quarantined } from '../protocol/quarantine.ts';
import type { ReadUpTo } from './quarantine-messages.ts';

// One line of a quarantine's file: a line of a recording, with the facts of the quarantine beside it. So `meks replay`
// and `meks playground` read such a file as it is.

/** A message with everything that is known of it. */
export interface KeptMessage {
  readonly facts: Quarantined;
  readonly raw: RawMessage;
  /** Where it comes from in memory: what has been written is not asked for again. */
  readonly from: ReadUpTo;
}

export function formatKept({ facts, raw, from }: KeptMessage): string {
  const { id, msgId, reason, detail, byteLength, kept } = facts;
  const quarantine = { id, msgId, reason, detail, byteLength, kept, ...from };
  return `${formatMessageLine(raw).trimEnd().slice(0, -1)},"quarantine":${JSON.stringify(quarantine)}}\n`;
}

/** Null: not a line of a quarantine, or one that a crash has torn. */
export function parseKept(line: string): KeptMessage | null {
  const entry = parseRecordingLine(line);
  if (entry.kind !== 'message') return null;
  // Our own file: a line that is whole is what formatKept wrote.
  const { quarantine } = JSON.parse(line) as { quarantine?: Omit<Quarantined, 'at' | 'method'> & ReadUpTo };
  if (quarantine === undefined) return null;
  const { id, msgId, reason, detail, byteLength, kept, life, number } = quarantine;
  const raw = { ...entry.raw, msgId };
  const facts = { id, at: raw.receivedAt, method: raw.method, msgId, reason, detail, byteLength, kept };
  return { facts, raw, from: { life, number } };
}
