import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeLink } from '../../../test/support/delivery-world.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Broadcast } from '../../broadcast/broadcast.ts';
import { SourceFacts } from '../source-facts.ts';
import { BoardRelay } from './board-relay.ts';
import { SenderRoom } from './sender-room.ts';
import { SharedFanout } from './shared-fanout.ts';

test('a snapshot that came after its dashboard had left is shown to nobody an hour later', () => {
  const clock = new VirtualClock();
  clock.advance(1000);
  const broadcast = new Broadcast({ log: { append: () => 'taken' }, shared: true });
  const sender = { place: 0, labels: {}, tell: () => undefined };
  const parts = {
    id: 'main',
    handle: 'creator',
    broadcast,
    gate: { sendable: () => broadcast.head },
    facts: new SourceFacts(clock),
    snapshot: () => ({ seq: 0, bytes: Buffer.alloc(0) }),
  };
  const fanout = new SharedFanout(parts, { ring: () => undefined, closeRoom: () => undefined }, [sender]);
  let asked = 0;
  const room = new SenderRoom({
    clock,
    room: fanout.describe(sender),
    offsetMs: 0,
    boards: new BoardRelay(clock, () => undefined),
    askSnapshot: () => void asked++,
  });
  const came = (at: string): void => room.snapshotCame(0, Buffer.from(JSON.stringify({ kind: 'snapshot', at })));
  room.attach(new FakeLink(), null).detached();
  assert.equal(asked, 1);
  came('long ago');
  clock.advance(3_600_000);
  const link = new FakeLink();
  room.attach(link, null);
  assert.deepEqual([asked, link.kinds()], [2, ['hello']]);
  came('now');
  clock.advance(100);
  const shown = link.frames.find((frame) => frame['kind'] === 'snapshot');
  assert.equal(shown?.['at'], 'now');
});
