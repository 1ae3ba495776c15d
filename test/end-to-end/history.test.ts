import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { unzipSync } from 'fflate';
import { ScriptedWorld, type WorldTruth } from '../../src/feed/scripted.ts';
import { HistoryDatabase } from '../../src/journal/history/database.ts';
import type {
  PastBattle,
  PastBoard,
  PastGifter,
  PastGifterSessions,
  PastRoom,
  PastSession,
} from '../../src/protocol/history-answers.ts';
import { WebcastChatMessageSchema } from '../../src/protocol/webcast/webcast_pb.ts';
import { meks, runMeks } from '../support/command.ts';
import { Dashboard } from '../support/dashboard.ts';
import { tables } from '../support/past-history.ts';
import { RawSocket, request } from '../support/raw-socket.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { eventually, until } from '../support/until.ts';
import { commonOf, rawOf, viewer } from '../support/webcast-messages.ts';

// The history as its users meet it: the real program with a log, a LIVE with battles, questions and exports over HTTP
// and by the command line, a kill and a restart. What comes out is compared with the script's own account.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-history-'));
const data = path.join(folder, 'data');
const room = '/v1/rooms/replay';
const firstEvening = 1_790_000_000_000;
const dayMs = 86_400_000;
const burstSec = 50;
const evil = '=HYPERLINK("http://evil.example","click")';
interface Gifters {
  readonly gifters: readonly PastGifter[];
}

let broker: ServeProcess;
let truth: WorldTruth;
let recording = '';

/** A recording of a LIVE with one battle, all of it a burst, and of a stranger who tries to write a formula. */
function record(name: string, seed: number, startAt: number): void {
  const profile = { battleSec: burstSec, burstSec, firstBattleSec: 2, battleEverySec: 2 * burstSec };
  const world = new ScriptedWorld({ seed, startAt, profile, faults: { outageEverySec: 0, battleCutShort: 0 } });
  const lines: string[] = [];
  const write = (raw: ReturnType<typeof rawOf>, atMs: number): void => {
    const { method, payload, msgId, history } = raw;
    const recordedAt = new Date(startAt + atMs).toISOString();
    lines.push(JSON.stringify({ method, recordedAt, msgId, history, b64: Buffer.from(payload).toString('base64') }));
  };
  const user = { ...viewer('4242424242424242424'), nickname: evil };
  write(rawOf(WebcastChatMessageSchema, { common: commonOf('9'), user, content: evil }, { msgId: '9' }), 0);
  for (let step = world.next(); step !== null && step.atMs < (burstSec + 10) * 1000; step = world.next())
    write(step.raw, step.atMs);
  ({ truth } = world);
  recording = path.join(folder, `${name}.ndjson`);
  writeFileSync(recording, `${lines.join('\n')}\n`);
}

async function serve(...flags: string[]): Promise<ServeProcess> {
  return await ServeProcess.start('--replay', recording, '--data', data, ...flags);
}

async function answer<T>(address: string): Promise<T> {
  return (await broker.json(`${room}/${address}`)) as T;
}

/** All rows of a board that has more than a page. */
async function wholeBoard(address: string): Promise<PastBoard['rows']> {
  const pages = await Promise.all(
    [0, 1000].map((offset) => answer<PastBoard>(`${address}?limit=1000&offset=${offset}`)),
  );
  return pages.flatMap((page) => page.rows);
}

/** Resolves when the recording is over and the history has all of it. */
async function caughtUp(): Promise<number> {
  let past = { seq: -1 };
  await eventually(
    'the history has all of it',
    async () => {
      const live = (await broker.json(room)) as { readonly source: string; readonly seq: number };
      past = await answer<PastRoom>('history');
      return live.source === 'ended' && past.seq === live.seq;
    },
    90_000,
  );
  return past.seq;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** On a connection of its own: one that is kept may be closed just as it is used again. */
async function send(address: string, method = 'GET'): Promise<Reply> {
  const asked = httpRequest({ port: broker.port, host: '127.0.0.1', path: address, method, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

async function download(address: string): Promise<Buffer> {
  const { status, body } = await send(`${room}/exports/${address}`);
  assert.equal(status, 200, address);
  return body;
}

async function metric(name: string): Promise<number> {
  const page = (await send('/metrics')).body.toString();
  return Number(new RegExp(`^meks_${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(page)?.[1]);
}

before(async () => {
  record('evening', 77, firstEvening);
  broker = await serve('--speed', '40');
});

after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

test('a broker that is killed and started again has all of its log in its history', async () => {
  await until('something happens', () => readdirSync(`${data}/rooms/replay/log`).length > 1);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await broker.stop('SIGKILL');
  broker = await serve('--speed', '40');
  const seq = await caughtUp();
  assert.ok(seq > 5000, `${seq} events`);
  assert.equal(await metric('history_disagreements_total'), 0);
  assert.equal(await metric('history_faults_total'), 0);
});

test("sessions, battles, boards and gifters are what the script gave, at the end and in the battle's middle", async () => {
  const { sessions } = await answer<{ sessions: PastSession[] }>('sessions');
  const [session] = sessions;
  assert.equal(session!.diamonds, truth.diamonds);
  const given = [...truth.diamondsByUser].filter(([, diamonds]) => diamonds > 0);
  assert.equal(session!.gifters, given.length);
  const rows = await wholeBoard(`sessions/${session!.session}/board`);
  assert.deepEqual(
    rows.map(({ rank }) => rank),
    given.map((_one, index) => index + 1),
  );
  assert.deepEqual(new Map(rows.map(({ user, diamonds }) => [user.id, diamonds])), new Map(given));
  const { battles } = await answer<{ battles: PastBattle[] }>(`sessions/${session!.session}/battles`);
  assert.deepEqual(
    battles.map(({ battleId }) => battleId),
    truth.battles.map(({ battleId }) => battleId),
  );
  const [battle] = battles;
  const [fought] = truth.battles;
  const side = `sessions/${session!.session}/battles/${battle!.battleId}/sides/${fought!.anchorId}/board`;
  assert.deepEqual(
    new Map((await wholeBoard(side)).map(({ user, diamonds }) => [user.id, diamonds])),
    fought!.diamondsByUser,
  );
  // The middle by what had happened, not by the clock: on a machine that is busy a recording is played unevenly.
  const middle = Math.floor((battle!.startSeq + battle!.endSeq) / 2);
  const { events } = await answer<{ events: { at: number }[] }>(`log?from=${middle}&limit=1`);
  const at = new Date(events[0]!.at).toISOString();
  const half = await answer<PastBoard>(`sessions/${session!.session}/board?at=${at}`);
  assert.ok(half.diamonds > 0 && half.diamonds < session!.diamonds && half.seq < session!.endSeq);
  const bySeq = await answer<PastBoard>(`sessions/${session!.session}/board?seq=${half.seq}`);
  assert.deepEqual(bySeq, half);
  const lists = await Promise.all([0, 1000].map((offset) => answer<Gifters>(`gifters?limit=1000&offset=${offset}`)));
  const gifters = lists.flatMap((list) => list.gifters);
  assert.deepEqual(
    new Map(gifters.filter((one) => one.diamonds > 0).map((one) => [one.user.id, one.diamonds])),
    new Map(given),
  );
  const first = await answer<PastGifterSessions>(`gifters/${gifters[0]!.user.id}`);
  assert.deepEqual([first.diamonds, first.inSessions.length], [gifters[0]!.diamonds, 1]);
  const found = await answer<Gifters>(`gifters?search=${encodeURIComponent(first.user.handle)}`);
  assert.ok(found.gifters.some(({ user }) => user.id === first.user.id));
});

test('what is asked wrongly, or is not there, is answered with a code and the remedy', async () => {
  const codes = async (address: string): Promise<string> => {
    const { error } = await answer<{ error?: { code: string } }>(address);
    return error?.code ?? 'none';
  };
  const unknown = ['sessions/999999', 'sessions/1/battles/5', 'gifters/5', 'sessions/1/battles/5/sides/6/board'];
  for (const address of unknown) assert.equal(await codes(address), 'MEKS_HISTORY_UNKNOWN', address);
  const invalid = [
    'sessions/x',
    'sessions?limit=0',
    'sessions/1/board?at=soon',
    'log?kinds=gift,nonsense',
    'exports/x',
  ];
  invalid.push('exports/boards?battle=5', 'exports/gifters?format=pdf');
  for (const address of invalid) assert.equal(await codes(address), 'MEKS_REQUEST_INVALID', address);
  const elsewhere = (await broker.json('/v1/rooms/..%2F..%2Freplay/log')) as { error: { code: string } };
  assert.equal(elsewhere.error.code, 'MEKS_HISTORY_UNKNOWN');
});

test('the same files come over HTTP and from the command line, in every format, and no formula among them', async () => {
  // Of a LIVE that is over, alerts and silences are still told: not of what was before.
  const { seq } = await answer<PastRoom>('history');
  const files = ['sessions.csv', 'battles.json', 'boards.xlsx', 'gifters.ndjson', 'gifts.csv', 'ledger.json'];
  files.push('events.csv', 'events.ndjson', 'events.json', 'events.xlsx');
  for (const file of files) {
    const [table = '', format = ''] = file.split('.');
    const out = path.join(folder, file);
    const words = ['--data', data, '--to', String(seq), '--format', format, '--out', out];
    const ended = await runMeks('export', table, ...words);
    assert.equal(ended.code, 0, ended.err);
    assert.ok(readFileSync(out).equals(await download(`${table}?format=${format}&to=${seq}`)), file);
  }
  const sheetByName = path.join(folder, 'by-name.XLSX');
  assert.equal((await runMeks('export', 'sessions', '--data', data, '--out', sheetByName)).code, 0);
  assert.equal(readFileSync(sheetByName).toString('latin1', 0, 2), 'PK', 'a format that is not given is in the name');
  const { headers } = await send(`${room}/exports/events?kinds=chat`, 'HEAD');
  assert.equal(headers['content-disposition'], 'attachment; filename="replay-events.csv"');
  assert.match(String(headers['meks-rows-expected']), /^\d{4,}$/);
  const csv = (await runMeks('export', 'events', '--data', data, '--kinds', 'chat', '--to', '100')).out;
  assert.ok(csv.includes(`"'${evil.replaceAll('"', '""')}"`), csv.slice(0, 500));
  assert.doesNotMatch(csv, /(?:^|,)"?=/m);
  const sheet = unzipSync(await download('events?format=xlsx&kinds=chat&to=100'))['xl/worksheets/sheet1.xml']!;
  assert.ok(Buffer.from(sheet).includes(`<is><t xml:space="preserve">${evil}</t></is>`));
  assert.ok(!Buffer.from(sheet).includes('<f>'));
});

test('commands say what is wrong, and leave no half of a file behind', async () => {
  mkdirSync(path.join(folder, 'a-folder'));
  // Streaks that were open at the end are settled seconds after it, and the history follows.
  const status = /^replay +@evening +\d+ sessions?, [\d,]+ events, up to 20\d\d-.*; ([\d,]+) behind the log\n$/;
  await eventually('nothing is behind the log', async () => {
    const { out } = await runMeks('history', 'status', '--data', data);
    assert.match(out, status);
    return status.exec(out)![1] === '0';
  });
  const locked = await runMeks('history', 'rebuild', '--data', data);
  assert.match(locked.err, /^MEKS_JOURNAL_LOCKED: .*stop the broker/);
  const cases: [RegExp, string[]][] = [
    [/^MEKS_HISTORY_UNKNOWN: .*session 99999/, ['boards', '--session', '99999']],
    [/^MEKS_OPTION_INVALID: --at "noon"/, ['boards', '--at', 'noon']],
    [/^MEKS_OPTION_INVALID: --kinds "songs"/, ['events', '--kinds', 'songs']],
    [/^MEKS_FILE_UNWRITABLE: .*nowhere/, ['gifters', '--out', path.join(folder, 'nowhere', 'x.csv')]],
    [/^MEKS_FILE_UNWRITABLE: .*a-folder/, ['gifters', '--out', path.join(folder, 'a-folder')]],
  ];
  for (const [expected, words] of cases) {
    const { err, code } = await runMeks('export', ...words, '--data', data);
    assert.match(err, expected);
    assert.notEqual(code, 0, words.join(' '));
  }
  const none = await runMeks('export', 'gifters', '--data', path.join(folder, 'none'));
  assert.match(none.err, /^MEKS_HISTORY_UNAVAILABLE: /);
  assert.ok(meks.length > 0 && readdirSync(folder).every((name) => !name.endsWith('.unfinished')));
});

test('an export goes at the pace of its reader, one too many is refused, and one whose reader has left ends', async () => {
  const whole = await download('events?format=json');
  assert.ok(whole.length > 8_000_000, `${whole.length} bytes`);
  const before = await metric('gateway_answer_bytes_total');
  const slow = await RawSocket.open(broker.port);
  slow.socket.pause();
  slow.send(request(broker.port, `GET ${room}/exports/events?format=json`));
  const other = await RawSocket.open(broker.port);
  other.socket.pause();
  other.send(request(broker.port, `GET ${room}/exports/events?format=json`));
  await eventually('both are under way', async () => (await metric('history_exports_under_way')) === 2);
  const refused = await send(`${room}/exports/gifters`);
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
  assert.match(refused.body.toString(), /MEKS_HISTORY_BUSY/);
  // Until nothing moves any more but the answers to this question: sockets without a reader take less than the file.
  let sent = before;
  await eventually('the exports stand still', async () => {
    const last = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
    sent = await metric('gateway_answer_bytes_total');
    return sent - last < 65_536;
  });
  assert.ok(sent - before < whole.length, `${sent - before} bytes of two files of ${whole.length}`);
  const broken = await metric('history_exports_broken_total');
  slow.close();
  other.close();
  await eventually('both are over, and counted', async () => {
    const over = (await metric('history_exports_under_way')) === 0;
    return over && (await metric('history_exports_broken_total')) === broken + 2;
  });
});

test('a history that a kill and a stop lie behind is, row for row, the one that is built anew from the log', async () => {
  // The stop leaves nothing of the log out.
  assert.equal(await broker.stop(), 0);
  const copy = path.join(folder, 'copy');
  cpSync(data, copy, { recursive: true, filter: (source) => !source.endsWith('/lock') });
  const rebuilt = await runMeks('history', 'rebuild', '--data', copy);
  assert.equal(rebuilt.code, 0, rebuilt.err);
  const [one, other] = [data, copy].map((place) => HistoryDatabase.openToRead(`${place}/history.db`));
  for (const table of tables)
    assert.deepEqual(one!.all(`SELECT * FROM ${table}`), other!.all(`SELECT * FROM ${table}`), table);
  one!.close();
  other!.close();
});

test('heavy exports and questions during a burst cost no dashboard an event', async () => {
  await broker.stop();
  // Of a history that has an evening in it: however little of the processor they get, what they export is heavy.
  record('next-evening', 78, firstEvening + dayMs);
  // The ring holds all of it: whoever is slow to read on a busy machine need not lag.
  broker = await serve('--speed', '4', '--ring', '65536');
  const dashboards = Array.from({ length: 60 }, () => new Dashboard({ port: broker.port, room: 'replay' }));
  await Promise.all(dashboards.map((one) => one.until('a snapshot', ({ snapshots }) => snapshots > 0)));
  const burst = new AbortController();
  const busy = async (address: string): Promise<number> => {
    let answered = 0;
    // One asked for during the burst is read to its end, so that each is answered at least once.
    while (!burst.signal.aborted) {
      const { status, body } = await send(`${room}/${address}`);
      if (status === 200) answered += body.length;
      else assert.match(body.toString(), /MEKS_HISTORY_(?:BUSY|LATE)/);
    }
    return answered;
  };
  const work = ['exports/events?format=xlsx', 'exports/gifts?format=csv', 'gifters?search=a', 'log?kinds=correction'];
  const under = Promise.all(work.map(busy));
  const seq = await caughtUp();
  burst.abort();
  const [events = 0, gifts = 0] = await under;
  assert.ok(events > 1_000_000 && gifts > 1_000_000, `${events} bytes of events, ${gifts} of gifts exported`);
  await Promise.all(dashboards.map((one) => one.until(`event ${seq}`, (dashboard) => dashboard.seq >= seq)));
  for (const one of dashboards) {
    const { lost, duplicated, disordered, lagged } = one;
    assert.deepEqual([lost, duplicated, disordered, lagged], [0, 0, 0, 0], 'lost, duplicated, disordered, lagged');
    assert.equal(one.view!.session.diamonds, truth.diamonds);
    one.close();
  }
});
