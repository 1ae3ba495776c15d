import { createWriteStream, openSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { fileUnwritable, MeksError } from '../protocol/errors.ts';
import type { Quarantined, QuarantinedInDetail, QuarantineList, QuarantineRetry } from '../protocol/quarantine.ts';
import { answerCut, type ApiFlags, askBroker, fetchBroker, withApiOptions } from './api-client.ts';
import { counted, grouped, paint, printable } from './terminal.ts';

// `meks quarantine`: messages that a running broker could not understand. Listed, shown as far as they can be decoded,
// exported as a recording, and run again after a fix.

interface RoomFlags extends ApiFlags {
  readonly room: string;
}

interface ListFlags extends RoomFlags {
  readonly limit: string;
  readonly before?: string;
  readonly json?: true;
}

/** Adds `meks quarantine` to the program. */
export function registerQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('messages that a running broker could not understand');
  const of = (name: string): Command =>
    withApiOptions(quarantine.command(name)).requiredOption('--room <room>', 'id or handle of the room');
  of('list')
    .description('the newest ones, and how many there are by reason')
    .option('--limit <n>', 'how many', '20')
    .option('--before <id>', 'only those before this one')
    .option('--json', 'as the broker answers it')
    .action(list);
  of('show')
    .description('one of them, decoded as far as possible')
    .argument('<id>', 'its number in the list')
    .option('--json', 'as the broker answers it')
    .action(show);
  of('export')
    .description('all of them as a recording, for `meks replay` and `meks playground`')
    .option('--out <file>', 'file to write; standard output unless given')
    .action(exportAll);
  of('retry')
    .description('run them again, after a fix; events that come of it are marked late')
    .argument('[id...]', 'only these; all unless given')
    .action(retry);
}

function pathOf({ room }: RoomFlags, rest = ''): string {
  return `/v1/rooms/${encodeURIComponent(room)}/quarantine${rest}`;
}

async function list(flags: ListFlags): Promise<void> {
  const query = new URLSearchParams({ limit: String(numberOf('--limit', flags.limit)) });
  if (flags.before !== undefined) query.set('before', String(numberOf('--before', flags.before)));
  const answer = (await askBroker(flags, { path: pathOf(flags, `?${query.toString()}`) })) as QuarantineList;
  if (flags.json === true) return write([JSON.stringify(answer)]);
  const { messages, reasons, count, dropped, resolved } = answer;
  const sums = Object.entries(reasons).map(([reason, number]) => `${grouped(number)} ${reason}`);
  const more = [
    dropped > 0 ? `${grouped(dropped)} made room` : '',
    resolved > 0 ? `${grouped(resolved)} resolved` : '',
  ];
  const all = [...sums, ...more.filter((text) => text !== '')].join(', ');
  write([...messages.toReversed().map(lineOf), `${counted(count, 'message')}${all === '' ? '' : `: ${all}`}`]);
}

function lineOf({ id, at, method, reason, detail, byteLength, kept }: Quarantined): string {
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  const size = kept ? `${grouped(byteLength)} bytes` : `${grouped(byteLength)} bytes, not kept`;
  const why = detail === '' ? reason : `${reason}: ${printable(detail, 100)}`;
  return `${String(id).padStart(7)}  ${time}  ${printable(method)}  ${why}  (${size})`;
}

async function show(id: string, flags: RoomFlags & { readonly json?: true }): Promise<void> {
  const path = pathOf(flags, `/${numberOf('id', id)}`);
  const message = (await askBroker(flags, { path })) as QuarantinedInDetail;
  if (flags.json === true) return write([JSON.stringify(message)]);
  const { now, events, fields, wire } = message;
  const heading = (text: string): string => paint('bold', text, process.stdout);
  const lines = [lineOf(message).trimStart()];
  if (now === null) lines.push('Its bytes were not kept.');
  else {
    const why =
      now.reason === null ? '' : `, ${now.reason}${now.detail === '' ? '' : `: ${printable(now.detail, 200)}`}`;
    lines.push(`Now: ${now.outcome === 'events' ? 'understood' : now.outcome}${why}`);
  }
  if (events.length > 0) lines.push('', heading('Events'), ...events.map((event) => `  ${json(event)}`));
  if (fields !== null) lines.push('', heading('Fields that MEKS reads'), ...json(fields, 2).split('\n'));
  if (wire.length > 0) lines.push('', heading('Bytes, field by field'), ...wire.map((line) => `  ${line}`));
  write(lines.map((line) => printable(line, 2_000)));
}

function json(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent);
}

async function exportAll(flags: RoomFlags & { readonly out?: string }): Promise<void> {
  const response = await fetchBroker(flags, { path: pathOf(flags, '/export') });
  const body = (): Readable => Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  if (flags.out === undefined) {
    await pipeline(body(), process.stdout, { end: false }).catch((error: unknown) => {
      throw answerCut(flags.url, error);
    });
    return;
  }
  const { out } = flags;
  const file = openNew(out);
  try {
    await pipeline(body(), createWriteStream(out, { fd: file }));
  } catch (error) {
    // A part of it is no recording, and would be in the way of the next try.
    rmSync(out, { force: true });
    // Only the file is written by the system's calls; the connection breaks off by itself.
    throw (error as NodeJS.ErrnoException).syscall === 'write'
      ? fileUnwritable(out, error)
      : answerCut(flags.url, error);
  }
}

/** Nothing is written over. */
function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    throw fileUnwritable(file, error);
  }
}

async function retry(ids: readonly string[], flags: RoomFlags): Promise<void> {
  const wanted = new Set(ids.map((id) => numberOf('id', id)));
  const request = wanted.size === 0 ? {} : { ids: [...wanted] };
  const path = pathOf(flags, '/retry');
  const { tried, understood, duplicates, past, remaining } = (await askBroker(flags, {
    method: 'POST',
    path,
    json: request,
  })) as QuarantineRetry;
  write([
    `${counted(tried, 'message')} run again: ${grouped(understood)} understood, ${grouped(duplicates)} counted before, ` +
      `${grouped(past)} of no use any more (they stay), ${grouped(remaining)} not understood (they stay).`,
    ...(wanted.size > tried
      ? [
          `${grouped(wanted.size - tried)} of what was asked for is not in the quarantine: understood before, or made room.`,
        ]
      : []),
  ]);
}

function numberOf(name: string, text: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  throw new MeksError('MEKS_OPTION_INVALID', `${name} ${JSON.stringify(text)}: give a whole number from 1`);
}

function write(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
