import { Worker } from 'node:worker_threads';
import { compiledTwin } from '../base/supervised-thread.ts';
import { type ErrorCode, MeksError } from '../protocol/errors.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';
import type { ConfigFile } from './config.ts';

// Has settings read in a thread that lives as long as that takes: the library that checks them stays out of the heap
// in which events flow.

/** Which file, of which kind. */
export interface SettingsQuestion {
  readonly kind: 'config' | 'rooms';
  readonly file: string;
}

export type SettingsAnswer =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** The config file. Rejects with MeksError that says what is wrong, and where. */
export async function loadConfigFile(file: string): Promise<ConfigFile> {
  return (await ask({ kind: 'config', file })) as ConfigFile;
}

/** Rooms that were added while running. Rejects with MeksError. */
export async function loadRoomsFile(file: string): Promise<readonly RoomDefinition[]> {
  return (await ask({ kind: 'rooms', file })) as readonly RoomDefinition[];
}

async function ask(question: SettingsQuestion): Promise<unknown> {
  const entry = compiledTwin(new URL('./settings-thread.ts', import.meta.url));
  const answer = await new Promise<SettingsAnswer>((resolve, reject) => {
    const worker = new Worker(entry, { name: 'settings', workerData: question });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (answer.kind === 'refused') throw new MeksError(answer.code, answer.message);
  return answer.value;
}
