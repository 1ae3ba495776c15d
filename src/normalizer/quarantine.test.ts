import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Normalized } from '../../test/support/normalized.ts';
import { commonOf, giftOf, rawBytes, rawOf, viewer } from '../../test/support/webcast-messages.ts';
import { WebcastControlMessageSchema, WebcastRoomUserSeqMessageSchema } from '../protocol/webcast/webcast_pb.ts';
import { Quarantine } from './quarantine.ts';

test('a reader that asks for what came after its last number misses nothing that is still kept', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), bytes: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ kind: fc.constant('read' as const), entriesMax: fc.integer({ min: 1, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const quarantine = new Quarantine({ entriesMax: 8, bytesMax: 200 });
      let number = 0;
      let added = 0;
      for (const one of steps) {
        if (one.kind === 'add') {
          quarantine.add('malformed', '', rawBytes('X', new Uint8Array(one.bytes)));
          added++;
          continue;
        }
        const oldest = quarantine.entries[0]?.number ?? added + 1;
        const read = quarantine.after(number, one.entriesMax, 100);
        assert.ok(read.length <= one.entriesMax);
        for (const [index, entry] of read.entries()) {
          assert.equal(entry.number, Math.max(number + 1, oldest) + index);
        }
        assert.equal(read.length === 0, number === added, 'there is always progress');
        number = read.at(-1)?.number ?? number;
      }
    }),
  );
});

test('the first messages of a method that nobody has heard of are kept as examples, and not counted as quarantined', () => {
  const room = new Normalized();
  for (let count = 0; count < 10; count++) room.read(rawBytes('WebcastFromTheFuture', new Uint8Array([count])));
  const { quarantine, counters } = room.normalizer;
  assert.deepEqual(
    quarantine.entries.map(({ reason, payload }) => [reason, payload?.[0]]),
    [0, 1, 2].map((first) => ['unknown-method', first]),
  );
  assert.deepEqual([quarantine.total, counters.get('quarantined'), counters.get('unknown')], [0, 0, 10]);
});

test('a message that is run again marks its events late, and is not set aside a second time', () => {
  const room = new Normalized();
  assert.equal(room.read({ ...giftOf({ msgId: '1' }), late: true }), 'events');
  assert.ok(room.events.length > 0 && room.events.every((event) => event.late === true));
  assert.equal(
    room.read({ ...giftOf({ msgId: '1' }), late: true }),
    'duplicate',
    'counted once, however often it is run',
  );
  assert.equal(room.read({ ...rawBytes('WebcastGiftMessage', new Uint8Array([7])), late: true }), 'quarantined');
  assert.equal(room.read({ ...rawBytes('WebcastFromTheFuture', new Uint8Array([7])), late: true }), 'unknown');
  assert.equal(room.normalizer.quarantine.entries.length, 0);
  assert.equal(room.read(giftOf({ msgId: '2', group: '7' })), 'events');
  assert.equal(room.events.at(-1)!.late, undefined);
});

const anotherLive = '7400000000000000099';

test('what tells how things stood, and what belongs to another LIVE, is not told late', () => {
  const room = new Normalized();
  room.read(giftOf({ msgId: '1' }));
  const count = room.events.length;
  const common = commonOf('2');
  const ended = rawOf(WebcastControlMessageSchema, { common, action: 3 });
  const viewers = rawOf(WebcastRoomUserSeqMessageSchema, { common, total: '5' });
  const elsewhere = giftOf({ msgId: '3' }, { common: { ...commonOf('3'), roomId: anotherLive }, user: viewer('5') });
  for (const raw of [ended, viewers, elsewhere]) assert.equal(room.read({ ...raw, late: true }), 'ignored', raw.method);
  assert.equal(room.events.length, count);
  assert.equal(room.read(giftOf({ msgId: '4', group: '8' })), 'events', 'the LIVE goes on');
});
