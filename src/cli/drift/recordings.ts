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
  for (const path of paths)
    for await (const item of readRecording(path)) if (item.kind === 'message') normalizer.normalize(item.raw, []);
  return normalizer.drift.report();
}
