import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptedWorld } from '../src/feed/scripted.ts';
import type { MeksEvent } from '../src/protocol/events.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { fieldsOf, joinFields, type WireField } from './support/mutation.ts';
import { Normalized } from './support/normalized.ts';
import { messageTime, rawBytes } from './support/webcast-messages.ts';

// What a change of upstream's schema does to each kind of message, one field at a time: whatever costs events says so.

/** One message of each method that a LIVE has, all of which give events. */
function samples(): RawMessage[] {
  const world = new ScriptedWorld({ seed: 3, startAt: messageTime, faults: { outageEverySec: 0 } });
  const found = new Map<string, RawMessage>();
  for (let count = 0; count < 4_000; count++) {
    const { raw } = world.next()!;
    if (!found.has(raw.method) && new Normalized().readOne(raw).outcome === 'events') found.set(raw.method, raw);
  }
  return [...found.values()];
}

interface Changed {
  readonly name: string;
  readonly outcome: string;
  readonly alarms: readonly string[];
  readonly sightings: readonly string[];
}

/** Each sample with each of its fields changed by `change`, one at a time, read by a normalizer of its own. */
function changed(change: (field: WireField) => WireField[]): Changed[] {
  return samples().flatMap((raw) => {
    const fields = fieldsOf(raw.payload)!;
    const numbers = new Set(fields.map(({ number }) => number));
    return [...numbers].map((number) => {
      const payload = joinFields(fields.flatMap((field) => (field.number === number ? change(field) : [field])));
      const room = new Normalized();
      const { outcome } = room.readOne({ ...raw, payload });
      const report = room.normalizer.drift.report();
      assert.equal(room.normalizer.counters.get('alarmMethodChanged'), report.alarms.length);
      return {
        name: `${raw.method} ${number}`,
        outcome,
        alarms: report.alarms.map(({ kind, method }) => `${kind} ${method}`),
        sightings: report.fields.map((field) => `${field.change} ${field.path}`),
      };
    });
  });
}

/** Some ids are made of a message's bytes. */
const withoutId = (event: MeksEvent): object => ({ ...event, id: '' });

/** A field under a number that nobody knows. */
const renumbered = (field: WireField): WireField[] => [{ ...field, number: 900 + field.number }];

test('a field of another type sets the message aside and raises an alarm', () => {
  const retyped = changed((field) => {
    const text = field.wire === 0;
    const value = text ? Buffer.from('new') : Uint8Array.of(1);
    return [{ ...field, wire: text ? 2 : 0, value }];
  });
  const quarantined = retyped.filter(({ outcome }) => outcome === 'quarantined');
  assert.ok(quarantined.length > 50, `${quarantined.length} of ${retyped.length}`);
  for (const { name, alarms, sightings } of quarantined) {
    assert.deepEqual(alarms, [`method-changed ${name.split(' ')[0]}`], name);
    assert.ok(
      sightings.some((sighting) => sighting.startsWith('mistyped ')),
      name,
    );
  }
  for (const { name, outcome } of retyped) assert.notEqual(outcome, 'ignored', name);
});

test('a field that every message had and that is gone, or has another number, is an alarm when it costs events', () => {
  for (const change of [(): WireField[] => [], renumbered]) {
    const without = changed(change);
    const missing = without.filter(({ sightings }) => sightings.some((sighting) => sighting.startsWith('missing ')));
    assert.ok(missing.some(({ outcome }) => outcome === 'ignored'));
    for (const { name, outcome, alarms } of missing)
      assert.equal(alarms.length, outcome === 'events' ? 0 : 1, `${name}: ${outcome}`);
    for (const { name, outcome, alarms } of without)
      if (outcome === 'quarantined') assert.equal(alarms.length, 1, name);
  }
});

test('fields that are new are counted, raise no alarm, and change no event', () => {
  for (const raw of samples()) {
    const [before, after] = [new Normalized(), new Normalized()];
    const { events } = before.readOne(raw);
    const fresh = { number: 911, wire: 2, value: Buffer.from('from the future'), parts: null };
    const payload = joinFields([...fieldsOf(raw.payload)!, fresh]);
    assert.deepEqual(after.readOne({ ...raw, payload }).events.map(withoutId), events.map(withoutId), raw.method);
    const { fields, alarms } = after.normalizer.drift.report();
    assert.deepEqual([fields.filter(({ path }) => path === '911').length, alarms], [1, []], raw.method);
  }
});

test('the very first message of a method with nearly the name of one that is read is an alarm, and only the first', () => {
  for (const raw of samples()) {
    const room = new Normalized();
    const method = `${raw.method}V2`;
    for (let count = 0; count < 3; count++) assert.equal(room.read(rawBytes(method, raw.payload)), 'unknown');
    const { alarms, methods } = room.normalizer.drift.report();
    assert.deepEqual(alarms, [
      {
        kind: 'method-unknown',
        method,
        concerns: raw.method,
        detail: `may be the new name of ${raw.method}`,
        at: messageTime,
        lastSeenAt: messageTime,
        count: 3,
        open: true,
      },
    ]);
    assert.deepEqual(
      methods.map(({ count }) => count),
      [3],
    );
  }
  const room = new Normalized();
  room.read(rawBytes('WebcastFromTheFutureMessage', new Uint8Array(0)));
  assert.deepEqual(room.normalizer.drift.alarms, [], 'a name like no other is counted only');
});
