import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Place } from './place.ts';
import { addressOf, placeOf } from './place.ts';

const room = fc.string({ minLength: 1 }).filter((text) => text !== '');
const name = fc.string({ minLength: 1 });
const seq = fc.integer({ min: 1, max: 1e14 });
/** As addresses are read: plain objects. */
const plain = { noNullPrototype: true } as const;
const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ kind: fc.constant('sessions' as const), room, before: fc.option(seq) }, plain),
  fc.record({ kind: fc.constant('session' as const), room, session: seq, page: seq, seq: fc.option(seq) }, plain),
  fc.record({ kind: fc.constant('battle' as const), room, session: seq, battle: name }, plain),
  fc.record({ kind: fc.constant('gifters' as const), room, search: fc.string(), page: seq }, plain),
  fc.record({ kind: fc.constant('gifter' as const), room, user: name, page: seq }, plain),
);

test('an address leads to the place that it was made for, whatever names are in it', () => {
  fc.assert(fc.property(place, (wanted) => assert.deepEqual(placeOf(addressOf(wanted)), wanted)));
});

test('what an address says wrongly is left out', () => {
  assert.equal(placeOf('?session=4'), null);
  assert.deepEqual(placeOf('?room=a&session=-4'), { kind: 'sessions', room: 'a', before: null });
  assert.deepEqual(placeOf('?room=a&session=4&page=0&seq=x'), {
    kind: 'session',
    room: 'a',
    session: 4,
    page: 1,
    seq: null,
  });
});
