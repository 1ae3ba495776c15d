import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { configReload } from '../schemas/rooms.ts';

// The config file of a broker that was started with one.

export function configRoutes(hot: HotLink): ApiRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/config/reload',
      summary:
        'Reads the config file again, as SIGHUP does: rooms come and go to match. A file with a mistake changes nothing.',
      params: null,
      answers: configReload,
      errors: ['MEKS_CONFIG_INVALID', 'MEKS_ANSWER_LATE'],
      handle: async () => await hot.run({ name: 'config.reload', input: {} }),
    },
  ];
}
