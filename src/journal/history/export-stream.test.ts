import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { limits } from '../../protocol/limits.ts';
import { ExportStream } from './export-stream.ts';
import type { FromExport } from './messages.ts';

const settled = (): Promise<void> => new Promise((resolve) => systemClock.soon(resolve));
const tooLongMs = limits.historyExportIdleMs.value + 1000;

class FakeThread extends EventEmitter {
  asked = 0;
  postMessage(): void {
    this.asked++;
  }
  async terminate(): Promise<number> {
    this.emit('exit');
    return 0;
  }
  give(text: string): void {
    this.emit('message', { kind: 'piece', bytes: Buffer.from(text), rows: 1 } satisfies FromExport);
  }
}

function begun(): { thread: FakeThread; clock: VirtualClock; stream: ExportStream; errors: string[] } {
  const thread = new FakeThread();
  const clock = new VirtualClock();
  const stream = new ExportStream(thread as unknown as Worker, 1, clock, () => {});
  const errors: string[] = [];
  stream.on('error', ({ message }) => errors.push(message));
  return { thread, clock, stream, errors };
}

test('an export is not given up while its reader waits for what the thread looks for', async () => {
  const { thread, clock, stream, errors } = begun();
  const got: string[] = [];
  stream.on('data', (bytes: Buffer) => got.push(bytes.toString()));
  const closed = new Promise((resolve) => void stream.once('close', resolve));
  await once(stream, 'resume');
  for (const piece of ['rare', 'rarer']) {
    clock.advance(tooLongMs);
    thread.give(piece);
    await settled();
  }
  clock.advance(tooLongMs);
  thread.emit('message', { kind: 'end' } satisfies FromExport);
  await closed;
  assert.deepEqual({ got, errors, asked: thread.asked }, { got: ['rare', 'rarer'], errors: [], asked: 3 });
});

test('an export that nobody begins to read, or reads on, is given up', async () => {
  const never = begun();
  never.clock.advance(tooLongMs);
  const halfway = begun();
  halfway.stream.read(0);
  halfway.thread.give('x'.repeat(100_000));
  halfway.clock.advance(tooLongMs);
  const atItsEnd = begun();
  atItsEnd.stream.read(0);
  atItsEnd.thread.give('short');
  await settled();
  atItsEnd.thread.emit('message', { kind: 'end' } satisfies FromExport);
  atItsEnd.clock.advance(tooLongMs);
  await settled();
  const given = ['nobody has read this export for too long'];
  assert.deepEqual([never.errors, halfway.errors, atItsEnd.errors], [given, given, given]);
  assert.deepEqual([never.thread.asked, halfway.thread.asked, atItsEnd.thread.asked], [0, 1, 2]);
});
