import type { Command } from 'commander';
import type { RoomAdded } from '../protocol/commands.ts';
import { type DiskDescription, isWriting } from '../protocol/disk.ts';
import { MeksError } from '../protocol/errors.ts';
import { defaultSignUrl, type FeedDefinition, type RoomDefinition } from '../protocol/room-definition.ts';
import { type ApiFlags, askBroker, withApiOptions } from './api-client.ts';
import { plainHandle, tiktokFeed, type TiktokFlags, tikfinityUrl } from './serve-config.ts';
import { counted } from './terminal.ts';
import { makeToken, readPushToken } from './token.ts';

// `meks rooms`: which rooms a running broker has, and how one comes and goes.

interface AddFlags extends ApiFlags, TiktokFlags {
  readonly id?: string;
  readonly timeZone?: string;
  readonly webcast?: string;
  readonly replay?: string;
  readonly eulerKey?: string;
  readonly push?: true;
  readonly pushTokenFile?: string;
  readonly tikfinity?: true | string;
}

interface ListedRoom {
  readonly id: string;
  readonly handle: string;
  readonly feed: string;
  readonly source: string;
  readonly connections: number;
  readonly diamonds: number;
  readonly seq: number;
  readonly driftAlarms: number;
  readonly sumsAgree: boolean;
  readonly disk: DiskDescription;
}

/** What an operator should know before anything else; '' = nothing. */
function troubles({ driftAlarms, sumsAgree, disk }: ListedRoom): string {
  const { state, refuses, retention } = disk;
  const words = [
    driftAlarms > 0 ? 'drift (meks drift)' : '',
    sumsAgree ? '' : 'SUMS DO NOT AGREE',
    state === 'ok' || state === 'none' ? '' : `${isWriting(disk) ? 'disk' : 'NOTHING IS WRITTEN'}: ${state}`,
    refuses ? 'NOTHING MORE IS TAKEN IN' : '',
    retention.state === 'within' || retention.state === 'unknown' ? '' : `log: ${retention.state}`,
  ];
  return words.map((word) => (word === '' ? '' : `, ${word}`)).join('');
}

/** Adds `meks rooms` to the program. */
export function registerRooms(program: Command): void {
  const rooms = program.command('rooms').description('the rooms of a running broker');
  withApiOptions(rooms.command('list').description('one line a room'))
    .option('--json', 'as the broker answers it')
    .action(list);
  withApiOptions(rooms.command('add').description('follow one more creator'))
    .argument('<handle>', 'the creator, such as somebody or @somebody')
    .option('--id <id>', 'id in addresses and on the disk; the handle unless given')
    .option('--time-zone <zone>', "whose midnight ends the room's day, such as Europe/Berlin; UTC unless given")
    .option('--webcast <url>', 'a Webcast WebSocket at a known address')
    .option('--replay <file>', 'a recording, as the broker sees the path')
    .option('--euler-key <key>', "through Euler's cloud, with this key")
    .option('--push', 'other programs push its events (docs/PUSH.md)')
    .option('--push-token-file <file>', 'file with the token that they must show; made up and shown unless given')
    .option('--tikfinity [url]', 'what TikFinity sees, on the machine of the broker')
    .option('--sign-url <url>', 'sign service for TikTok connections', defaultSignUrl)
    .option('--sign-key <key...>', 'API keys of the sign service')
    .option('--direct', 'without a sign service: TikTok documents it nowhere, and may end it any day')
    .option('--tiktok-url <url>', "who answers in TikTok's place: `meks simulate --webcast`, a bridge")
    .action(add);
  withApiOptions(rooms.command('remove').description('let go of a room; its log stays'))
    .argument('<room>', 'id or handle')
    .action(remove);
}

async function list(flags: ApiFlags & { readonly json?: true }): Promise<void> {
  const answer = (await askBroker(flags, { path: '/v1/rooms' })) as { readonly rooms: readonly ListedRoom[] };
  if (flags.json === true) return void process.stdout.write(`${JSON.stringify(answer)}\n`);
  const rows = answer.rooms.map((room) => [
    room.id,
    `@${room.handle}`,
    `${room.feed}, ${room.source}${troubles(room)}`,
    counted(room.connections, 'dashboard'),
    counted(room.diamonds, 'diamond'),
    counted(room.seq, 'event'),
  ]);
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
  if (rows.length === 0) process.stdout.write('No rooms.\n');
}

async function add(name: string, flags: AddFlags): Promise<void> {
  const handle = plainHandle(name);
  const zone = flags.timeZone === undefined ? {} : { timeZone: flags.timeZone };
  const json: RoomDefinition = { id: flags.id ?? handle, handle, ...zone, feed: feedOf(flags) };
  const { kept } = (await askBroker(flags, { method: 'POST', path: '/v1/rooms', json })) as RoomAdded;
  const until = kept ? '' : ' until the broker stops: it has no data folder that would keep it';
  process.stdout.write(`Room ${json.id} is followed${until}.\n`);
  if (json.feed.kind === 'push' && flags.pushTokenFile === undefined)
    process.stdout.write(`Its push token, shown this once: ${json.feed.token}\n`);
}

async function remove(room: string, flags: ApiFlags): Promise<void> {
  await askBroker(flags, { method: 'DELETE', path: `/v1/rooms/${encodeURIComponent(room)}` });
  process.stdout.write(`Room ${room} is let go of. Its log stays.\n`);
}

function feedOf(flags: AddFlags): FeedDefinition {
  const { webcast, replay, eulerKey, push, pushTokenFile, tikfinity } = flags;
  const given = [webcast, replay, eulerKey, push, tikfinity].filter((value) => value !== undefined);
  if (given.length > 1)
    throw new MeksError(
      'MEKS_OPTION_INVALID',
      'give one of --webcast, --replay, --euler-key, --push and --tikfinity: a room has one feed',
    );
  if (push !== undefined)
    return { kind: 'push', token: pushTokenFile === undefined ? makeToken() : readPushToken(pushTokenFile) };
  if (tikfinity !== undefined) return { kind: 'tikfinity', url: tikfinity === true ? tikfinityUrl : tikfinity };
  if (webcast !== undefined) return { kind: 'webcast', url: webcast };
  if (replay !== undefined) return { kind: 'replay', path: replay, speed: 1, loop: false };
  if (eulerKey === '')
    throw new MeksError('MEKS_OPTION_INVALID', "--euler-key is empty: Euler's cloud wants a key (eulerstream.com)");
  if (eulerKey !== undefined) return { kind: 'euler', apiKey: eulerKey };
  return tiktokFeed(flags);
}
