import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { meks, runMeks } from '../../../test/support/command.ts';
import { FakeSink } from '../../../test/support/fake-sink.ts';
import { until } from '../../../test/support/until.ts';
import { giftOf, messageTime } from '../../../test/support/webcast-messages.ts';
import { systemClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { formatMessageLine } from '../../feed/recording.ts';
import { TiktokFeed } from '../../feed/tiktok.ts';

const folder = mkdtempSync(join(tmpdir(), 'meks-simulate-'));
after(() => rmSync(folder, { recursive: true }));

/** Starts the command, follows the LIVE at the address that it prints, and ends both with the test. */
async function follow(context: TestContext, ...args: string[]): Promise<{ sink: FakeSink; out: () => string }> {
  const child = spawn(process.execPath, [meks, 'simulate', '--webcast', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await until('the greeting', () => out.includes('Ctrl-C'), 60_000);
  const url = /meks serve --webcast '(ws:[^']+)'/.exec(out)?.[1];
  assert.ok(url !== undefined, out);
  const timing = { retryMs: 20, retryMsMax: 100 };
  const source = { kind: 'direct-url', url } as const;
  const feed = new TiktokFeed({ source, clock: systemClock, random: seededRandom(1), timing });
  const sink = new FakeSink();
  feed.start(sink);
  context.after(async () => {
    await feed.stop();
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0, 'Ctrl-C is an orderly end');
  });
  return { sink, out: () => out };
}

test('simulate --webcast serves a LIVE at the address of the command that it prints', async (context) => {
  const { sink, out } = await follow(context, '--seed', '5');
  await until('messages', () => sink.messages.length > 10);
  assert.match(out(), /made up, seed 5, as @[\w.]+/);
  assert.match(out(), /Sign service {3}http:\/\/127\.0\.0\.1:\d+/);
});

test('its creator is followed through the sign service and without, by the commands that it prints', async (context) => {
  const { out } = await follow(context, '--seed', '5');
  const commands = [...out().matchAll(/^ +meks (serve --room .*)$/gm)].map(([, command]) => command!.split(' '));
  assert.equal(commands.length, 2, out());
  for (const command of commands) {
    const broker = spawn(process.execPath, [meks, ...command, '--port', '0', '--no-journal', '--no-open'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    context.after(() => broker.kill('SIGKILL'));
    let said = '';
    broker.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('the broker', () => said.includes('Ctrl-C'), 60_000);
    const url = /http:\S+/.exec(said)![0];
    const room = /"handle":"solene\.live".*"source":"live".*"understood":[1-9]/;
    let answer = '';
    let asked = false;
    const ask = async (): Promise<void> => {
      answer = await (await fetch(`${url}/v1/rooms`)).text();
      asked = false;
    };
    const follows = (): boolean => {
      if (room.test(answer)) return true;
      if (!asked) void ask();
      asked = true;
      return false;
    };
    await until('it follows the LIVE', follows, 120_000);
  }
});

test('simulate --webcast --replay serves a recording, from the first message on', async (context) => {
  const path = join(folder, 'evening.ndjson');
  const lines = [1, 2, 3].map((id) =>
    formatMessageLine(giftOf({ msgId: String(id) }, {}, { receivedAt: messageTime + id })),
  );
  writeFileSync(path, lines.join(''));
  const { sink } = await follow(context, '--replay', path);
  await until('the recording', () => sink.messages.length === 3);
  assert.deepEqual(
    sink.messages.map(({ method }) => method),
    ['WebcastGiftMessage', 'WebcastGiftMessage', 'WebcastGiftMessage'],
  );
});

test('simulate --webcast --faults lets things go wrong, and says which', async (context) => {
  const { sink, out } = await follow(context, '--faults', 'cut', '--every', '1');
  await until('a gap', () => sink.gaps.length > 0);
  assert.match(out(), /\d\d:\d\d:\d\d {2}cut/);
});

test('a closed terminal is an orderly end of simulate --webcast, however often it is told', async (context) => {
  const child = spawn(process.execPath, [meks, 'simulate', '--webcast'], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await until('the greeting', () => out.includes('Ctrl-C'), 60_000);
  const closed = once(child, 'close');
  // The group is told, and the launcher passes it on.
  child.kill('SIGHUP');
  child.kill('SIGINT');
  assert.deepEqual(await closed, [0, null]);
});

test('simulate refuses what it does not know, with the remedy', async () => {
  const [faults, port, missing, nothing] = await Promise.all([
    runMeks('simulate', '--webcast', '--faults', 'nonsense'),
    runMeks('simulate', '--webcast', '--port', 'x'),
    runMeks('simulate', '--webcast', '--replay', join(folder, 'missing.ndjson')),
    runMeks('simulate'),
  ]);
  assert.match(faults.err, /--faults "nonsense": give all, or some of cut, /);
  assert.match(port.err, /--port "x": give a whole number/);
  assert.match(missing.err, /MEKS_FILE_UNREADABLE: .*missing\.ndjson/);
  assert.match(nothing.err, /MEKS_OPTION_INVALID/);
});
