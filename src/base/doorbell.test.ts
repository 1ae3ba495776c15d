import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../test/support/until.ts';
import { type Clock, systemClock } from './clock.ts';
import { Doorbell, doorbellMemory, DoorbellWatch } from './doorbell.ts';

/** Somebody who looks at a number that others raise. */
class Reader {
  readonly memory = doorbellMemory();
  readonly bell = new Doorbell(this.memory);
  readonly watch: DoorbellWatch;
  stored = 0;
  seen = 0;
  looks = 0;

  constructor(clock: Clock = systemClock) {
    this.watch = new DoorbellWatch({
      memory: this.memory,
      clock,
      look: () => {
        this.looks++;
        this.seen = this.stored;
      },
      news: () => this.seen !== this.stored,
    });
  }

  get asleep(): boolean {
    return new Int32Array(this.memory)[0] === 0;
  }
}

test('who sleeps is woken by the bell, and looks', async () => {
  const reader = new Reader();
  reader.watch.start();
  for (let n = 1; n <= 5; n++) {
    await until('it sleeps', () => reader.asleep);
    const { looks } = reader;
    reader.stored = n;
    reader.bell.ring();
    await until('it has looked', () => reader.seen === n);
    assert.equal(reader.looks, looks + 1, 'once');
  }
  reader.watch.end();
});

test('what is stored while it is awake is seen without a ring that wakes anybody', async () => {
  const reader = new Reader();
  reader.watch.start();
  assert.equal(reader.asleep, false);
  reader.stored = 1;
  await until('it has looked by itself', () => reader.seen === 1);
  reader.watch.end();
});

test('what is stored between the last look and falling asleep is not slept through', async () => {
  let onTimer: () => void = () => undefined;
  const clock: Clock = {
    ...systemClock,
    nowMs: () => 0,
    after: (_ms, run) => ((onTimer = run), { cancel: () => undefined }),
  };
  const reader = new Reader(clock);
  reader.watch.start();
  reader.stored = 1;
  onTimer();
  assert.deepEqual([reader.seen, reader.asleep], [1, false]);
  onTimer();
  assert.equal(reader.asleep, true);
  reader.watch.end();
  reader.bell.ring();
});
