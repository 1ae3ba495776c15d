import type { ConfigReload } from '../../protocol/commands.ts';
import type { CommandHandlers } from '../commands.ts';

// The command to read the config file again.

export function configCommands(broker: { reload(): Promise<ConfigReload> }): Pick<CommandHandlers, 'config.reload'> {
  return { 'config.reload': () => broker.reload() };
}
