import type { RoomDescription } from '../gateway/gateway.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Normalizer } from '../normalizer/normalizer.ts';

/** What became of a room's raw messages, from the counters of those who know. */
export function accountOf(ingest: Ingest, normalizer: Normalizer): RoomDescription['messages'] {
  const { offered, accepted, lost } = ingest.counters.read();
  const { understood, duplicates, ignored, quarantined, unknown } = normalizer.counters.read();
  return { offered, accepted, lost, queued: ingest.queued, understood, duplicates, ignored, quarantined, unknown };
}
