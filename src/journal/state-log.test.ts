import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogFields } from '../base/log.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { JournalState } from './journal-types.ts';
import { firstLife } from '../../test/support/log-life.ts';
import { tellStates } from './state-log.ts';

test('a log that cannot be written says so once, with what to do, and says when it is written again', () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const say =
    (level: string) =>
    (event: string, fields?: LogFields): void =>
      void lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
  const log = { info: say('info'), warn: say('warn'), error: say('error') };
  const status = firstLife().journal.status();
  let state: JournalState = 'ok';
  let changed = (): void => undefined;
  const journal = {
    onState: (call: () => void) => void (changed = call),
    status: () => ({ ...status, state, lastSeq: 12, writtenSeq: state === 'ok' ? 12 : 7 }),
  };
  tellStates('ana', journal, { clock, log });
  const become = (next: JournalState): string[] => {
    state = next;
    changed();
    return lines.splice(0);
  };
  assert.match(
    become('disk-full').join(),
    /^error journal\.disk-full \{"room":"ana","waiting":5,"remedy":".*until there is/,
  );
  assert.deepEqual(become('disk-full'), []);
  assert.deepEqual(become('ok'), ['info journal.writes {"room":"ana","waiting":0}']);
  assert.match(become('behind').join(), /^warn journal\.behind /);
  assert.match(become('ok').join(), /^info journal\.writes /);
  clock.advance(59_000);
  assert.deepEqual([...become('behind'), ...become('ok')], [], 'a disk that is slow time and again');
  clock.advance(1_000);
  assert.match(become('behind').join(), /^warn journal\.behind /);
  assert.match(become('sync-failed').join(), /^error journal\.sync-failed /);
});
