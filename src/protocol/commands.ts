import type { CorrectionRequest, LedgerEntry } from './corrections.ts';
import type { ErrorCode } from './errors.ts';
import type { KnownPerson, OperatorAnswer, OperatorRequest, OperatorUndoRequest } from './operator.ts';
import type { PackedMessages } from './packed-messages.ts';
import type { PushAccount } from './push.ts';
import type { RawOutcome } from './raw.ts';
import type { RoomDefinition } from './room-definition.ts';

// What can be asked of a running broker beside reading: commands. They come in over HTTP, are checked there, and cross
// from the cold thread to the hot one as plain data; the broker carries them out (broker/commands.ts). A command that
// changes what dashboards see is answered after its event is in the log.

export interface RoomAdded {
  readonly id: string;
  /** Whether it will be there after a restart: only where there is a data folder. */
  readonly kept: boolean;
}

/** What a reload of the config file changed, by room id. */
export interface ConfigReload {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Let go of and added again, because they are described otherwise now. */
  readonly changed: readonly string[];
  /** Rooms that could not be opened. */
  readonly failed: readonly { readonly id: string; readonly message: string }[];
  /** Settings that differ from those in force, and take effect with the next start. */
  readonly restart: readonly string[];
}

/** Every command by its name: what it takes, and what it answers when it was carried out. */
export interface CommandTable {
  /** Follows one more room from now on. Kept over restarts where there is a data folder. */
  readonly 'rooms.add': { readonly input: RoomDefinition; readonly answer: RoomAdded };
  /** Lets go of a room: its dashboards are told not to come back. Its log stays. */
  readonly 'rooms.remove': { readonly input: { readonly room: string }; readonly answer: { readonly id: string } };
  /** Reads the config file again: rooms come and go to match. A file with a mistake changes nothing. */
  readonly 'config.reload': { readonly input: object; readonly answer: ConfigReload };
  /** Runs messages again that were set aside. Answered when what comes of it is in the log. */
  readonly 'quarantine.retry': {
    readonly input: { readonly room: string; readonly messages: PackedMessages };
    /** What became of each, in order. */
    readonly answer: { readonly outcomes: readonly RawOutcome[] };
  };
  /** Takes messages that were pushed by somebody who may. Answered when they are in the log. */
  readonly 'rooms.push': {
    readonly input: {
      readonly room: string;
      readonly messages: PackedMessages;
      /** Items beside them that were none: for the counters. */
      readonly malformedCount: number;
    };
    readonly answer: PushAccount;
  };
  /** Carries a correction out, or takes one back. `again`: it had been carried out before. */
  readonly 'corrections.make': {
    readonly input: { readonly room: string; readonly request: CorrectionRequest };
    readonly answer: { readonly correction: LedgerEntry; readonly again: boolean };
  };
  readonly 'corrections.list': {
    readonly input: { readonly room: string };
    readonly answer: { readonly corrections: readonly LedgerEntry[] };
  };
  /** Changes what operators share. */
  readonly 'operator.set': {
    readonly input: { readonly room: string; readonly request: OperatorRequest };
    readonly answer: OperatorAnswer;
  };
  readonly 'operator.undo': {
    readonly input: { readonly room: string; readonly request: OperatorUndoRequest };
    readonly answer: OperatorAnswer;
  };
  /** Notes on everybody, whether in sight or not, the newest first; or on `user` alone, where that is not ''. */
  readonly 'operator.notes': {
    readonly input: { readonly room: string; readonly user: string; readonly offset: number; readonly limit: number };
    readonly answer: { readonly notes: readonly KnownPerson[]; readonly total: number };
  };
}

export type CommandName = keyof CommandTable;
export type CommandInput<Name extends CommandName> = CommandTable[Name]['input'];
export type CommandAnswer<Name extends CommandName> = CommandTable[Name]['answer'];

/** A command of one name. */
export interface CommandOf<Name extends CommandName> {
  readonly name: Name;
  readonly input: CommandInput<Name>;
}

/** Any command. */
export type Command = { [Name in CommandName]: CommandOf<Name> }[CommandName];

/** What became of a command. `refused`: nothing was changed; the message names the value and the remedy. */
export type CommandOutcome =
  | { readonly kind: 'done'; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };
