import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Summary } from '../../src/cli/playground/summary.ts';
import { capture, needsCapture } from '../support/captures.ts';
import { runMeks } from '../support/command.ts';

const recording = 'webcast-2023-autumn.ndjson';

test(
  'a recording of many rooms goes through whole: all known, nothing uncounted',
  needsCapture(recording),
  async () => {
    const { out, err, code } = await runMeks('playground', '--json', capture(recording));
    assert.deepEqual({ err, code }, { err: '', code: 0 });
    const summary = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Summary;
    const { messages, understood, duplicates, ignored, quarantined, unknownMethods } = summary;
    assert.equal(messages, 1150);
    assert.equal(messages, understood + duplicates + ignored + quarantined + unknownMethods);
    assert.deepEqual({ quarantined, unknownMethods }, { quarantined: 0, unknownMethods: 0 });
  },
);

test('every gift of it agrees with what it says itself, or says why not', needsCapture(recording), async () => {
  const { out } = await runMeks('playground', '--json', '--explain', capture(recording));
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; method?: string; result?: string });
  const gifts = lines.filter(({ kind, method }) => kind === 'message' && method === 'WebcastGiftMessage');
  const { fanTicket } = lines.at(-1) as unknown as Summary;
  assert.equal(gifts.length, 52);
  assert.equal(fanTicket.agreed + fanTicket.disagreed.length + fanTicket.more, 52);
  for (const { cause, line } of fanTicket.disagreed) assert.notEqual(cause, 'not known', `line ${line}`);
  const battles = lines.filter(
    ({ kind, method, result }) =>
      kind === 'message' && /WebcastLinkMic(?:Battle|Armies)$/.test(method ?? '') && result !== 'quarantined',
  );
  assert.equal(battles.length, 20, 'ten battles and ten armies');
});
