import { VirtualClock } from '../../base/virtual-clock.ts';
import { readRecording } from '../../feed/recording.ts';
import { Normalizer } from '../../normalizer/normalizer.ts';
import type { DriftReport } from '../../protocol/drift.ts';

/**
 * What the recordings at `paths` show of changes upstream, read one after the other as one LIVE. Memory is that of one
 * normalizer, however long they are. Throws MeksError MEKS_FILE_*.
 */
export async function driftOfRecordings(paths: readonly string[]): Promise<DriftReport> {
  const normalizer = new Normalizer({ room: { id: 'recordings' }, clock: new VirtualClock() });
  const { drift } = normalizer;
  for (const path of paths)
    for await (const item of readRecording(path)) if (item.kind === 'message') normalizer.normalize(item.raw, []);
  const methods = [...drift.unknownMethods].map(([method, { count, firstSeenAt, lastSeenAt }]) => ({
    method,
    count,
    firstSeenAt,
    lastSeenAt,
  }));
  return { methods, fields: drift.fields, alarms: drift.alarms };
}
