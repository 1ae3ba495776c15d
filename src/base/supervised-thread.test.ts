import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import type { MessagePort } from 'node:worker_threads';
import { until } from '../../test/support/until.ts';
import type { Log, LogFields } from './log.ts';
import { SupervisedThread, type ThreadUser } from './supervised-thread.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A thread that greets, answers on its port and does what it is told: `throw`, `exit`; ends when asked unless deaf. */
const body = `
  import { parentPort, workerData } from 'node:worker_threads';
  const { settings, ports } = workerData;
  ports.echo.postMessage('hello ' + settings.word);
  ports.echo.on('message', (text) => {
    if (text === 'throw') throw new Error('as told');
    if (text === 'exit') process.exit(3);
    ports.echo.postMessage(text);
  });
  parentPort.on('message', () => { if (settings.word !== 'deaf') process.exit(0); });
`;
const entry = new URL(`data:text/javascript,${encodeURIComponent(body)}`);

class Echo implements ThreadUser {
  readonly name = 'echo';
  readonly heard: unknown[] = [];
  lives = 0;
  ends = 0;
  port: MessagePort | null = null;

  started(port: MessagePort): void {
    this.lives++;
    this.port = port;
    port.on('message', (text) => this.heard.push(text));
  }
  stopped(): void {
    this.ends++;
    this.port = null;
  }
}

class ListLog implements Log {
  readonly lines: { event: string; fields: LogFields | undefined }[] = [];
  info = (event: string, fields?: LogFields): void => void this.lines.push({ event, fields });
  warn = this.info;
  error = this.info;
}

function make(word: string, clock = new VirtualClock()): { thread: SupervisedThread; echo: Echo; log: ListLog } {
  const echo = new Echo();
  const log = new ListLog();
  const options = { name: 'test', clock, log, entry, settings: { word }, users: [echo] };
  return { thread: new SupervisedThread(options), echo, log };
}

test('a user of the thread gets a port that leads there', async () => {
  const { thread, echo } = make('world');
  thread.start();
  echo.port?.postMessage('ping');
  await until('it answers', () => echo.heard.length === 2);
  assert.deepEqual(echo.heard, ['hello world', 'ping']);
  await thread.stop();
  assert.deepEqual([echo.lives, echo.ends, thread.restarts], [1, 1, 0]);
});

test('a thread that throws or exits is started again, later each time, and its users get a fresh port', async () => {
  const clock = new VirtualClock();
  const { thread, echo, log } = make('world', clock);
  thread.start();
  for (const [life, waitMs] of [100, 200, 400].entries()) {
    echo.port?.postMessage(life % 2 === 0 ? 'throw' : 'exit');
    await until('it has ended', () => echo.ends === life + 1);
    clock.advance(waitMs - 1);
    assert.equal(echo.lives, life + 1, 'it waits before it starts again');
    clock.advance(1);
    await until('it lives again', () => echo.heard.length === life + 2);
  }
  assert.equal(thread.restarts, 3);
  assert.deepEqual(
    log.lines.map(({ event }) => event),
    ['thread.failed', 'thread.restarting', 'thread.restarting', 'thread.failed', 'thread.restarting'],
  );
  assert.equal(log.lines[0]?.fields?.['error'], 'as told');
  await thread.stop();
});

test('a thread that was well for half a minute is started again at once', async () => {
  const clock = new VirtualClock();
  const { thread, echo } = make('world', clock);
  thread.start();
  for (const end of [1, 2]) {
    await until('it lives', () => echo.heard.length === end);
    clock.advance(30_001);
    echo.port?.postMessage('exit');
    await until('it has ended', () => echo.ends === end);
    clock.advance(100);
    assert.equal(echo.lives, end + 1);
  }
  await thread.stop();
});

test('stopping while it waits to start again leaves it stopped', async () => {
  const clock = new VirtualClock();
  const { thread, echo } = make('world', clock);
  thread.start();
  echo.port?.postMessage('exit');
  await until('it has ended', () => echo.ends === 1);
  await thread.stop();
  clock.advance(60_000);
  assert.equal(echo.lives, 1);
});

test('a thread that does not finish when asked is ended by force', async () => {
  const clock = new VirtualClock();
  const { thread, echo } = make('deaf', clock);
  thread.start();
  await until('it lives', () => echo.heard.length === 1);
  const stopped = thread.stop();
  clock.advance(2_000);
  await stopped;
  assert.deepEqual([echo.ends, thread.threadId], [1, -1]);
});

test('a thread that gives way has a lower priority than the one that started it, and runs all the same', async (context) => {
  if (process.platform !== 'linux') return context.skip('only on Linux a priority belongs to a thread');
  const tells = `
    import { readFileSync } from 'node:fs';
    import { parentPort, workerData } from 'node:worker_threads';
    const stat = readFileSync('/proc/thread-self/stat', 'latin1');
    // Fields behind the name, which may hold anything: the seventeenth of them is the niceness.
    workerData.ports.echo.postMessage(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
    parentPort.on('message', () => process.exit(0));
  `;
  const heard: unknown[] = [];
  for (const givesWay of [true, false]) {
    const echo = new Echo();
    const entry = new URL(`data:text/javascript,${encodeURIComponent(tells)}`);
    const options = { name: 'test', clock: new VirtualClock(), log: new ListLog(), entry, settings: {}, users: [echo] };
    const thread = new SupervisedThread({ ...options, givesWay });
    thread.start();
    await until('it tells', () => echo.heard.length === 1);
    heard.push(echo.heard[0]);
    await thread.stop();
  }
  const own = getPriority(0);
  assert.deepEqual(heard, [Math.min(19, Math.max(own, 10)), own]);
});
