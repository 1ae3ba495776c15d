import { chmodSync, closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { assert } from '../../base/assert.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { MeksError } from '../../protocol/errors.ts';
import { migrate, newerHistory, schemaVersion, versionOf } from './schema.ts';

// The history's file. One connection writes (the import's), others read: with a write-ahead log they do not wait for
// each other. The file can always be built again from the log, so it is synced as rarely as keeps it from harm.

export type Row = Record<string, unknown>;

export class HistoryDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
    // SQLite's own lower() knows ASCII only, and names are written in every alphabet.
    database.function('lower_case', { deterministic: true }, (text) => String(text).toLowerCase());
  }

  /** Opens for writing, makes and migrates. Throws MeksError MEKS_HISTORY_NEWER or MEKS_FILE_MALFORMED. */
  static openToWrite(file: string): HistoryDatabase {
    makeDirectory(path.dirname(file));
    return attempt(file, () => {
      const database = new DatabaseSync(file, { timeout: 5000 });
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536');
      migrate(database, file);
      return new HistoryDatabase(database);
    });
  }

  /**
   * Opens for reading. Throws MeksError MEKS_HISTORY_UNAVAILABLE for one that is not there or not brought to this
   * version yet, MEKS_HISTORY_NEWER, MEKS_FILE_MALFORMED.
   */
  static openToRead(file: string): HistoryDatabase {
    if (!existsSync(file)) throw unavailable(file, 'is not there yet');
    return attempt(file, () => {
      const database = new DatabaseSync(file, { timeout: 5000, readOnly: true });
      database.exec('PRAGMA cache_size = -32768; PRAGMA query_only = 1');
      const version = versionOf(database);
      if (version === schemaVersion) return new HistoryDatabase(database);
      database.close();
      throw version > schemaVersion ? newerHistory(file, version) : unavailable(file, `is of version ${version}`);
    });
  }

  /** The statement for this text, prepared once. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  run(sql: string, values: readonly SQLInputValue[] = []): void {
    this.prepare(sql).run(...values);
  }

  /** Runs an INSERT and returns the id of its row. */
  insert(sql: string, values: readonly SQLInputValue[] = []): number {
    return Number(this.prepare(sql).run(...values).lastInsertRowid);
  }

  get(sql: string, values: readonly SQLInputValue[] = []): Row | undefined {
    return this.prepare(sql).get(...values);
  }

  all(sql: string, values: readonly SQLInputValue[] = []): Row[] {
    return this.prepare(sql).all(...values);
  }

  /** Everything in `action` is there afterwards, or nothing of it. */
  transaction(action: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      action();
    } catch (error) {
      // SQLite has already gone back by itself where the disk refused.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#database.exec('COMMIT');
  }

  /**
   * Puts everything committed so far where no power cut takes it: a commit by itself is not synced. False where a
   * reader of an older state is in the way, nothing waits for it, or the disk refuses.
   */
  checkpoint(): boolean {
    try {
      const row = this.get('PRAGMA wal_checkpoint(PASSIVE)');
      return numberOf(row, 'busy') === 0 && numberOf(row, 'log') === numberOf(row, 'checkpointed');
    } catch (error) {
      if (isTrouble(error) && !isDamage(error)) return false;
      throw error;
    }
  }

  /** Readers see one state from here to `endReading`. */
  beginReading(): void {
    this.#database.exec('BEGIN');
  }

  endReading(): void {
    this.#database.exec('COMMIT');
  }

  /** Writes all that it holds into a new file, for its owner alone. Not to be called in a transaction. */
  copyTo(file: string): void {
    try {
      this.run('VACUUM INTO ?', [file]);
      chmodSync(file, 0o600);
      // SQLite does not, and what was copied is about to be forgotten.
      syncFile(file);
    } catch (error) {
      // What a full disk leaves of it is no copy.
      rmSync(file, { force: true });
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** SQLite's primary result codes for what is no bug of ours: busy, no memory, the disk, its space, its content. */
const troubleCodes = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26]);
const damageCodes = new Set([11, 26]);

function sqliteCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return 0;
  return error.errcode & 0xff;
}

/** Whether the machine and not the code made this fail: it may go better another time. */
export function isTrouble(error: unknown): boolean {
  return troubleCodes.has(sqliteCode(error));
}

/** Whether the file's content is damaged. */
export function isDamage(error: unknown): boolean {
  const cause = error instanceof MeksError ? error.cause : error;
  return damageCodes.has(sqliteCode(cause));
}

function attempt<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof MeksError) throw error;
    const message = isDamage(error)
      ? `the history ${file} is damaged (${String(error)}): remove it, and it is built again from the log`
      : `the history ${file} cannot be opened (${String(error)}): look at its disk and its permissions`;
    throw new MeksError(isDamage(error) ? 'MEKS_FILE_MALFORMED' : 'MEKS_FILE_UNREADABLE', message, error);
  }
}

function unavailable(file: string, why: string): MeksError {
  const remedy = 'a broker that runs with this folder makes it ready, and so does `meks history rebuild`';
  return new MeksError('MEKS_HISTORY_UNAVAILABLE', `the history ${file} ${why}: ${remedy}`);
}

/** A column that is a number. */
export function numberOf(row: Row | undefined, column: string): number {
  const value = row?.[column];
  assert(typeof value === 'number', `column ${column} is a number`);
  return value;
}

/** A column that is a number or null. */
export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : numberOf(row, column);
}

/** A column that is text. */
export function textOf(row: Row | undefined, column: string): string {
  const value = row?.[column];
  assert(typeof value === 'string', `column ${column} is text`);
  return value;
}

/** A column that is bytes. */
export function bytesOf(row: Row | undefined, column: string): Uint8Array {
  const value = row?.[column];
  assert(value instanceof Uint8Array, `column ${column} is bytes`);
  return value;
}
