import { parentPort, workerData } from 'node:worker_threads';
import { clockOriginMs, systemClock } from '../base/clock.ts';
import { stopMessage, type ThreadData } from '../base/supervised-thread.ts';
import { bellWord, type JournalThreadSettings, napWord, type ToThread } from './journal-messages.ts';
import { LogHost } from './log-host.ts';
import { lookMs, PollPace } from './poll-pace.ts';
import { realDisk } from './real-disk.ts';

// Entry of the journal's thread: an ordinary event loop that sleeps until the doorbell is rung. It may block in a
// write for as long as the disk likes; the hot threads do not notice, their rings do.

const { settings, ports } = workerData as ThreadData<JournalThreadSettings>;
const port = ports['journal']!;
const bell = new Int32Array(settings.bell);
const pace = new PollPace();
/** Looks between two turns of the loop, which has orders to hear and syncs that ended: 8 ms. */
const looksMax = 8;
let scheduled = false;

const host = new LogHost({
  disk: realDisk,
  clock: systemClock,
  originMs: clockOriginMs(),
  answer: (message) => port.postMessage(message),
  wake,
});

function wake(): void {
  if (scheduled) return;
  scheduled = true;
  systemClock.soon(turn);
}

function turn(): void {
  scheduled = false;
  let found = host.ready;
  for (let looks = 0; looks < looksMax; looks++) {
    if (host.work()) return wake();
    if (!pace.looked(found, systemClock.nowMs())) return park();
    nap();
    found = host.ready;
  }
  wake();
}

/** Nobody rings meanwhile: the bell says that this thread is awake. Who cannot wait for its next look ends the nap. */
function nap(): void {
  Atomics.store(bell, napWord, 1);
  if (!host.ready) Atomics.wait(bell, napWord, 1, lookMs);
  Atomics.store(bell, napWord, 0);
}

/** Says that a ring is needed from now on, looks once more, then sleeps. Whoever rings in between finds it awake. */
function park(): void {
  Atomics.store(bell, bellWord, 0);
  if (host.ready) {
    Atomics.store(bell, bellWord, 1);
    wake();
    return;
  }
  if (waiting) return;
  const wait = Atomics.waitAsync(bell, bellWord, 0);
  if (!wait.async) {
    wake();
    return;
  }
  waiting = true;
  void wait.value.then(rung);
}

let waiting = false;

function rung(): void {
  waiting = false;
  pace.rung(systemClock.nowMs());
  turn();
}

port.on('message', (message: ToThread) => host.message(message));
parentPort?.on('message', (message: unknown) => {
  if (message === stopMessage) process.exit();
});
park();
