import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { extname } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { systemClock } from '../base/clock.ts';
import { fileUnwritable, MeksError } from '../protocol/errors.ts';
import { type EventKind, eventKinds } from '../protocol/events.ts';
import { exportSubject, type ExportTable, exportTables, parseTime } from '../protocol/export-subject.ts';
import { exportFormats, type ExportRequest } from '../protocol/history-queries.ts';
import { Progress } from './progress.ts';
import { counted, grouped } from './terminal.ts';

// `meks export`: tables of the past as files, out of a data folder. The broker that uses it may be running.

interface ExportFlags {
  readonly data: string;
  readonly room?: string;
  readonly format?: ExportRequest['format'];
  readonly out?: string;
  readonly session?: number;
  readonly battle?: string;
  readonly side?: string;
  readonly at?: { readonly seq?: number; readonly at?: number };
  readonly from?: number;
  readonly to?: number;
  readonly kinds?: readonly EventKind[];
  readonly plain?: true;
}

const tableHelp = Object.entries(exportTables)
  .map(([table, what]) => `  ${table.padEnd(10)}${what}`)
  .join('\n');

const help = `
Tables:
${tableHelp}

A session is called by the seq of its first event, as \`meks export sessions\` lists it; boards and gifts without one are
those of the newest. Examples:

  meks export gifters --room somebody --out gifters.csv
  meks export boards --room somebody --at 2026-01-31T20:15:00Z --format xlsx --out board.xlsx
  meks export events --room somebody --kinds gift,battle --format ndjson | gzip > events.ndjson.gz
`;

/** Adds `meks export` to the program. */
export function registerExport(program: Command): void {
  const tables = Object.keys(exportTables);
  program
    .command('export')
    .description('write what was (sessions, battles, boards, gifters, events) as CSV, JSON or a spreadsheet')
    .addArgument(new Argument('<table>', 'what to export').choices(tables))
    .option('--data <folder>', "the broker's folder, as given to `serve --data`", 'data')
    .option('--room <room>', 'id or handle of the room; not needed where there is only one')
    .addOption(
      new Option('--format <format>', 'format of the file (default: what --out ends with, else csv)').choices(
        exportFormats,
      ),
    )
    .option('--out <file>', 'file to write; standard output unless given')
    .option('--session <seq>', 'one session only', seqOption('--session'))
    .option('--at <position>', 'boards: after this event (a seq), or at this time (ISO 8601)', positionOption)
    .option('--battle <id>', "boards: of a battle's side, with --side")
    .option('--side <id>', "boards: upstream's id of the side")
    .option('--from <seq>', 'events from this one on', seqOption('--from'))
    .option('--to <seq>', 'events up to this one', seqOption('--to'))
    .option('--kinds <kinds>', 'events of these kinds only, with commas between them', kindsOption)
    .option('--plain', 'CSV for programs: no byte order mark, no apostrophe before ids')
    .addHelpText('after', help)
    .action(async (table: ExportTable, flags: ExportFlags) => await runExport(table, flags));
}

async function runExport(table: ExportTable, flags: ExportFlags): Promise<void> {
  const { data, out, at, plain } = flags;
  const format = flags.format ?? formatOf(out);
  if (format === 'xlsx' && out === undefined && process.stdout.isTTY)
    throw new MeksError('MEKS_OPTION_INVALID', '--format xlsx is no text for a terminal: give --out FILE');
  // Loaded when it is asked for: the other commands should not wait for it.
  const { exportOffline, historyRooms } = await import('../journal/history-cold.ts');
  const room = flags.room ?? onlyRoom(historyRooms(data).map(({ known }) => known.room));
  const subject = exportSubject(table, { ...flags, seq: at?.seq, at: at?.at, room });
  const opened = await exportOffline(data, { subject, format, forSpreadsheets: plain !== true }, systemClock);
  if (opened === null) throw unknown(room, flags);
  const sink = out === undefined ? new StandardOutput() : new OutputFile(out);
  const progress = new Progress();
  let rows = 0;
  let bytes = 0;
  try {
    for (const piece of opened.pieces) {
      await sink.write(piece.bytes);
      ({ rows } = piece);
      bytes += piece.bytes.length;
      progress.show(`Exporting ${table}`, rows, opened.expected);
    }
  } catch (error) {
    sink.giveUp();
    throw error;
  } finally {
    progress.clear();
  }
  sink.finish();
  if (out !== undefined) process.stderr.write(`${counted(rows, 'row')}, ${grouped(bytes)} bytes: ${out}\n`);
}

/** `board.xlsx` is meant to be one: spreadsheets refuse CSV under that name. */
function formatOf(out: string | undefined): ExportRequest['format'] {
  const ending = out === undefined ? '' : extname(out).slice(1).toLowerCase();
  return exportFormats.find((format) => format === ending) ?? 'csv';
}

/** Where an export goes. */
interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  finish(): void;
  giveUp(): void;
}

class StandardOutput implements Sink {
  async write(bytes: Uint8Array): Promise<void> {
    if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
  }

  finish(): void {
    // It is the shell's to close.
  }

  giveUp(): void {
    // What was written was written.
  }
}

/** Has its name only once it is whole: nobody takes a part of an export for all of it. */
class OutputFile implements Sink {
  readonly #path: string;
  readonly #unfinished: string;
  readonly #file: number;

  constructor(path: string) {
    this.#path = path;
    this.#unfinished = `${path}.unfinished`;
    try {
      this.#file = openSync(this.#unfinished, 'w');
    } catch (error) {
      throw fileUnwritable(path, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      throw fileUnwritable(this.#path, error);
    }
  }

  finish(): void {
    closeSync(this.#file);
    try {
      renameSync(this.#unfinished, this.#path);
    } catch (error) {
      rmSync(this.#unfinished, { force: true });
      throw fileUnwritable(this.#path, error);
    }
  }

  giveUp(): void {
    closeSync(this.#file);
    rmSync(this.#unfinished, { force: true });
  }
}

function onlyRoom(rooms: readonly string[]): string {
  const [room] = rooms;
  if (room !== undefined && rooms.length === 1) return room;
  const which = rooms.length === 0 ? 'the history knows none yet' : `one of ${rooms.join(', ')}`;
  throw new MeksError('MEKS_OPTION_INVALID', `--room is missing: ${which}`);
}

function unknown(room: string, { session, battle, side }: ExportFlags): MeksError {
  const names = Object.entries({ room, session, battle, side }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${JSON.stringify(value)}`],
  );
  return new MeksError(
    'MEKS_HISTORY_UNKNOWN',
    `the history knows no ${names.join(', ')}: \`meks history status\` lists rooms, \`meks export sessions\` sessions`,
  );
}

function seqOption(flag: string): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
    throw invalid(flag, text, 'give the seq of an event, a whole number from 1 on');
  };
}

function positionOption(text: string): ExportFlags['at'] {
  if (/^[1-9]\d{0,14}$/.test(text)) return { seq: Number(text) };
  const at = parseTime(text);
  if (Number.isNaN(at)) throw invalid('--at', text, 'give the seq of an event, or a time such as 2026-01-31T20:15:00Z');
  return { at };
}

function kindsOption(text: string): readonly EventKind[] {
  return text.split(',').map((word) => {
    const kind = eventKinds.find((one) => one === word);
    if (kind === undefined) throw invalid('--kinds', word, `kinds are ${eventKinds.join(', ')}`);
    return kind;
  });
}

function invalid(flag: string, value: string, remedy: string): MeksError {
  return new MeksError('MEKS_OPTION_INVALID', `${flag} ${JSON.stringify(value)}: ${remedy}`);
}
