import assert from 'node:assert/strict';
import test from 'node:test';
import type { DriftReport } from '../../src/protocol/drift.ts';
import { parseDrift } from './drift-report.ts';
import { driftTroubles } from './drift-trouble.ts';
import { troubleSpeech } from './trouble-speech.ts';

const here = { room: 'main', url: 'http://127.0.0.1:4100' };
const at = new Date(2026, 10, 23, 21, 4, 11).getTime();
const gift = 'WebcastGiftMessage';

function report(...alarms: DriftReport['alarms']): DriftReport {
  const seen = { count: 12, firstSeenAt: at, lastSeenAt: at + 60_000 };
  return {
    methods: [{ method: 'WebcastGiftMessageV2', ...seen, count: 1 }],
    fields: [
      { method: gift, path: '7', change: 'missing', ...seen },
      { method: gift, path: '99', change: 'new', ...seen, count: 5_000 },
    ],
    alarms,
  };
}

const told = { at, lastSeenAt: at + 60_000, count: 12, open: true } as const;
const changed = {
  kind: 'method-changed',
  method: gift,
  concerns: gift,
  detail: 'user-missing: field 7',
  ...told,
} as const;

test('no alarm is no trouble', () => {
  assert.deepEqual(driftTroubles(0, null, here), []);
  assert.deepEqual(driftTroubles(0, report(), here), []);
});

test('what changed is told with since when, how often, which figures hang on it, and the command', () => {
  const [trouble] = driftTroubles(1, report(changed), here);
  assert.deepEqual(trouble, {
    key: 'drift 1',
    tone: 'warn',
    title: 'TikTok has changed',
    since: at,
    seen: [`Gifts cannot be read as before: ${gift}, user-missing: field 7. Seen 12 times, last at 21:05:11.`],
    means: 'Diamonds, gifts and boards may be too low.',
    remedy: 'See what has changed in each message, then look for a newer MEKS. What cannot be read is kept for it.',
    command: 'meks drift --room main --url http://127.0.0.1:4100',
  });
});

test('several alarms are one trouble, as old as the first, and each figure is named once', () => {
  const renamed = {
    ...told,
    kind: 'method-unknown',
    method: 'WebcastGiftMessageV2',
    concerns: gift,
    detail: '',
    count: 1,
  } as const;
  const prices = {
    ...told,
    kind: 'price-mismatch',
    method: gift,
    concerns: gift,
    detail: 'first at message 7',
  } as const;
  const likes = { ...changed, method: 'WebcastLikeMessage', concerns: 'WebcastLikeMessage', at: at - 5_000 };
  const [trouble, ...more] = driftTroubles(4, report(changed, renamed, prices, likes), here);
  assert.equal(more.length, 0);
  assert.equal(trouble!.since, at - 5_000);
  assert.deepEqual(trouble!.seen.slice(1), [
    `Gifts may come under a new name: WebcastGiftMessageV2, until now ${gift}. Seen 1 time, last at 21:05:11.`,
    'Gifts: TikTok’s diamonds fit neither price nor count (first at message 7). Seen 12 times, last at 21:05:11.',
    'Likes cannot be read as before: WebcastLikeMessage, user-missing: field 7. Seen 12 times, last at 21:05:11.',
  ]);
  const sentences = ['Diamonds, gifts and boards may be too low.', 'Some gifts may be counted at an old price.'];
  assert.equal(trouble!.means, [...sentences, 'Likes may be too low.'].join(' '));
});

test('what has shown no sign for an hour is not told, nor are its figures', () => {
  const over = {
    ...changed,
    method: 'WebcastLikeMessage',
    concerns: 'WebcastLikeMessage',
    at: at - 5_000,
    open: false,
  };
  const [trouble] = driftTroubles(1, report(over, changed), here);
  assert.equal(troubleSpeech(trouble!, null), 'TikTok has changed: no new sign of it.');
  assert.deepEqual(
    [trouble!.since, trouble!.seen.length, trouble!.means],
    [at, 1, 'Diamonds, gifts and boards may be too low.'],
  );
});

test('an alarm is told although what it is cannot be had', () => {
  const [trouble] = driftTroubles(2, null, here);
  assert.deepEqual([trouble!.since, trouble!.seen, trouble!.means], [0, [], 'Some figures may be too low.']);
});

test('what is no report is none', () => {
  assert.deepEqual(parseDrift(report(changed)), report(changed));
  for (const body of [null, 'drift', {}, { alarms: [] }, { methods: [], fields: {}, alarms: [] }])
    assert.equal(parseDrift(body), null, JSON.stringify(body));
});
