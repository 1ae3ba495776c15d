import { errorFields, type Log } from '../base/log.ts';
import type { Command, CommandAnswer, CommandName, CommandOf, CommandOutcome } from '../protocol/commands.ts';
import { MeksError } from '../protocol/errors.ts';

// Carries commands out. One handler a command, in groups (commands/*.ts); here is what they share: a refusal is an
// outcome and not an exception, and a bug in a handler costs its caller an answer and nobody else anything.

/** One handler for every command. Throws or rejects with MeksError to refuse: nothing was changed then. */
export type CommandHandlers = {
  readonly [Name in CommandName]: (command: CommandOf<Name>) => CommandAnswer<Name> | Promise<CommandAnswer<Name>>;
};

/** Carries `command` out. Never rejects. */
export async function runCommand(handlers: CommandHandlers, command: Command, log: Log): Promise<CommandOutcome> {
  try {
    return { kind: 'done', answer: await dispatch(handlers, command) };
  } catch (error) {
    if (error instanceof MeksError) return { kind: 'refused', code: error.code, message: error.message };
    log.error('command.failed', { command: command.name, ...errorFields(error) });
    return { kind: 'refused', code: 'MEKS_INTERNAL', message: `${command.name} failed: see the log of the broker` };
  }
}

function dispatch<Name extends CommandName>(
  handlers: { readonly [Key in Name]: CommandHandlers[Key] },
  command: CommandOf<Name>,
): CommandAnswer<Name> | Promise<CommandAnswer<Name>> {
  return handlers[command.name](command);
}
