import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { type Log, silentLog } from '../base/log.ts';
import { until } from '../../test/support/until.ts';
import { historyCounterSpec } from '../journal/history.ts';
import { Journals } from '../journal/journal.ts';
import type { RetentionStatus } from '../protocol/disk.ts';
import { Operator } from '../operator/operator.ts';
import { Ranking } from '../ranking/ranking.ts';
import { Keeper } from './keeper.ts';

test('a log that may not become as small as its quota, or was removed, is told with why and what to do', async () => {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-keeper-'));
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory, writer: 'inline' });
  const recovered = journals.recover('a', { load: () => true, apply: () => undefined, hole: () => undefined });
  const journal = await journals.open(recovered, { sync: { kind: 'os' } });
  journal.append(1, Buffer.from('{"seq":1,"kind":"like","id":"1","at":1,"user":{"id":"1"},"count":1,"total":1}'));
  const warnings: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (event, fields) => void warnings.push(`${event} ${JSON.stringify(fields)}`),
  };
  const told: RetentionStatus[] = [];
  const keeper = new Keeper({ clock: systemClock, log, policy: { ageMs: Number.POSITIVE_INFINITY, bytesMax: 1 } });
  const room = { id: 'a', handle: 'a' };
  const ranking = new Ranking({ room, companion: new Operator() });
  keeper.keep({
    ...room,
    directory: recovered.directory,
    epoch: recovered.epoch,
    snapshotSeq: 0,
    progress: () => journal.progress(),
    save: () => ({ saved: ranking.save(), seq: 0 }),
    history: new Counters(historyCounterSpec).values,
    retained: (status) => void told.push(status),
  });
  try {
    await until('it is told', () => warnings.length > 0);
    assert.match(
      warnings[0]!,
      /^retention\.blocked \{"room":"a","bytes":\d+,"bytesMax":1,"blockedBy":"open-segment","remedy":".*--keep-gb"\}$/,
    );
    assert.deepEqual(
      told.map(({ state, bytes, bytesMax }) => [state, bytes! > 1, bytesMax]),
      [['open-segment', true, 1]],
    );
    for (const name of readdirSync(recovered.directory))
      if (name.startsWith('segment-')) rmSync(path.join(recovered.directory, name));
    await until('a log that was removed is told', () => told.at(-1)?.state === 'failed');
    assert.match(told.at(-1)!.detail, /were removed under it/);
  } finally {
    await keeper.stop();
    await journal.close();
    rmSync(dataDirectory, { recursive: true });
  }
});

test('where the keeper cannot read an event of the log, it takes the ranking that has it once more, and says so', async () => {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-keeper-'));
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory, writer: 'inline' });
  const recovered = journals.recover('a', { load: () => true, apply: () => undefined, hole: () => undefined });
  const journal = await journals.open(recovered, { sync: { kind: 'os' } });
  for (const seq of [1, 2, 3])
    journal.append(
      seq,
      Buffer.from(`{"seq":${seq},"kind":"like","id":"${seq}","at":1,"user":{"id":"1"},"count":1,"total":1}`),
    );
  const name = readdirSync(recovered.directory).find((file) => file.startsWith('segment-'))!;
  const bytes = readFileSync(path.join(recovered.directory, name));
  bytes[bytes.indexOf('"id":"2"')]! ^= 1;
  writeFileSync(path.join(recovered.directory, name), bytes);
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (event, fields) => void warnings.push(`${event} ${JSON.stringify(fields)}`) };
  const forever = Number.POSITIVE_INFINITY;
  const keeper = new Keeper({ clock: systemClock, log, policy: { ageMs: forever, bytesMax: forever } });
  const room = { id: 'a', handle: 'a' };
  const ranking = new Ranking({ room, companion: new Operator() });
  const seqs = [0, 3];
  let handed = 0;
  keeper.keep({
    ...room,
    directory: recovered.directory,
    epoch: recovered.epoch,
    snapshotSeq: 0,
    progress: () => journal.progress(),
    save: () => ({ saved: ranking.save(), seq: seqs[handed++]! }),
    history: new Counters(historyCounterSpec).values,
    retained: () => undefined,
  });
  try {
    await until('the ranking is handed over again', () => handed === 2);
    assert.match(warnings.join(), /^keeper\.lost \{"room":"a","from":2,"to":2,"remedy":"[^"]*"\}$/);
  } finally {
    await keeper.stop();
    await journal.close();
    rmSync(dataDirectory, { recursive: true });
  }
});
