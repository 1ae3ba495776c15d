import { isWriting } from '../../../protocol/disk.ts';
import type { HotLink } from '../hot-link.ts';
import type { ApiRoute, MetricsSource } from '../route.ts';
import { health, readiness } from '../schemas/answers.ts';
import { known } from './room-name.ts';

// Whether it runs, whether it is ready, and what it measures.

export function healthRoutes(hot: HotLink, metrics: MetricsSource): ApiRoute[] {
  return [
    {
      path: '/healthz',
      summary: 'Whether the process runs. Says nothing of its rooms.',
      params: null,
      answers: health,
      errors: [],
      handle: async () => ({ status: 'ok' }),
    },
    {
      path: '/readyz',
      summary:
        'Whether it is ready for dashboards: the hot thread answers, the start is over, and what comes is written. 503 otherwise.',
      params: null,
      answers: readiness,
      errors: ['MEKS_ANSWER_LATE'],
      handle: async (_request, reply) => {
        const { ready, rooms, mismatched, disks } = known(await hot.ask({ kind: 'health' }));
        const status = !ready ? 'starting' : disks.every(isWriting) ? 'ready' : 'not-writing';
        if (status !== 'ready') reply.code(503);
        return { status, rooms, mismatched, disks };
      },
    },
    {
      path: '/metrics',
      summary: 'Metrics in the Prometheus text format; docs/METRICS.md lists them.',
      params: null,
      answers: 'text',
      errors: [],
      handle: async (_request, reply) => {
        reply.header('content-type', metrics.metricsContentType);
        return metrics.renderMetrics();
      },
    },
  ];
}
