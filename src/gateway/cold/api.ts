import { MeksError } from '../../protocol/errors.ts';
import type { HistorySource } from './history-source.ts';
import type { HotLink } from './hot-link.ts';
import type { QuarantineSource } from './quarantine-source.ts';
import type { ApiRoute, MetricsSource } from './route.ts';
import { battleRoutes } from './routes/battles.ts';
import { boardRoutes } from './routes/boards.ts';
import { configRoutes } from './routes/config.ts';
import { driftRoutes } from './routes/drift.ts';
import { reconciliationRoutes } from './routes/reconciliation.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { operatorRoutes } from './routes/operator.ts';
import { type ReadPush, pushRoutes } from './routes/push.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { roomRoutes } from './routes/rooms.ts';

// All REST routes, in the order in which the documents list them.

export interface ApiSources {
  readonly hot: HotLink;
  readonly metrics: MetricsSource;
  readonly readPush: ReadPush;
  readonly quarantine: QuarantineSource;
  /** Null: no logs are kept, and so there is no history. */
  readonly history: HistorySource | null;
}

export function apiRoutes({ hot, metrics, readPush, quarantine, history }: ApiSources): ApiRoute[] {
  return [
    ...healthRoutes(hot, metrics),
    ...roomRoutes(hot),
    ...configRoutes(hot),
    ...boardRoutes(hot),
    ...ledgerRoutes(hot),
    ...operatorRoutes(hot),
    ...battleRoutes(hot),
    ...reconciliationRoutes(hot),
    ...pushRoutes(hot, readPush, quarantine),
    ...quarantineRoutes(hot, quarantine),
    ...driftRoutes(hot),
    ...historyRoutes(history),
  ];
}

/** Addresses of streams, asked for without an upgrade: a hint instead of a riddle. */
export function upgradeRequired(): never {
  throw new MeksError(
    'MEKS_UPGRADE_REQUIRED',
    'this address is for a WebSocket with the subprotocol meks.v1: see docs/PROTOCOL.md',
  );
}
