import { parentPort, workerData } from 'node:worker_threads';
import { MeksError } from '../protocol/errors.ts';
import { readConfigFile, readRoomsFile } from './settings.ts';
import type { SettingsAnswer, SettingsQuestion } from './settings-reader.ts';

// The program of the thread that reads settings: one question, one answer.

function answer({ kind, file }: SettingsQuestion): SettingsAnswer {
  try {
    return { kind: 'read', value: kind === 'config' ? readConfigFile(file) : readRoomsFile(file) };
  } catch (error) {
    if (!(error instanceof MeksError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
}

parentPort!.postMessage(answer(workerData as SettingsQuestion));
