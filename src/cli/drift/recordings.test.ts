import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runMeks } from '../../../test/support/command.ts';
import { webcastCapture } from '../../../test/support/captured-messages.ts';
import { capture, needsCapture } from '../../../test/support/captures.ts';
import { giftOf, rawBytes } from '../../../test/support/webcast-messages.ts';
import { formatMessageLine } from '../../feed/recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'meks-drift-'));
after(() => rmSync(folder, { recursive: true }));

test('meks drift says of a recording what upstream has changed, alarms first', async () => {
  const path = join(folder, 'changed.ndjson');
  const raws = [
    rawBytes('WebcastGiftMessageV2', Uint8Array.of(1)),
    rawBytes('WebcastGiftMessage', Uint8Array.of(0x3a, 0x04, 0x08, 0x01, 0x18, 0x05)),
    rawBytes('WebcastGiftMessage', Uint8Array.of(...giftOf({ msgId: '1' }).payload, 0xa8, 0x3e, 0x01)),
  ];
  writeFileSync(path, raws.map((raw) => formatMessageLine(raw)).join(''));
  const { out, code } = await runMeks('drift', path);
  assert.equal(code, 0);
  assert.match(out, /^2 alarms\n.*method-unknown {2}WebcastGiftMessageV2 {2}may be the new name of WebcastGiftMessage/);
  assert.match(out, /method-changed {2}WebcastGiftMessage {2}type-changed: field 7\.3/);
  assert.match(out, /1 method never heard of/);
  assert.match(out, /WebcastGiftMessage 7\.3: a field of another type/);
  assert.match(out, /WebcastGiftMessage 997: a field that is new/);
  const json = JSON.parse((await runMeks('drift', '--json', path)).out) as { fields: unknown[] };
  assert.equal(json.fields.length, 2);
});

test('meks drift sets apart what has shown no sign for an hour of the recording', async () => {
  const path = join(folder, 'over.ndjson');
  const startAt = 1_790_000_000_000;
  const raws = [
    rawBytes('WebcastLikeMessageV2', new Uint8Array(0), { receivedAt: startAt }),
    rawBytes('WebcastLikeMessageV2', new Uint8Array(0), { receivedAt: startAt + 60_000 }),
    rawBytes('WebcastGiftMessageV2', new Uint8Array(0), { receivedAt: startAt + 7_200_000 }),
  ];
  writeFileSync(path, raws.map((raw) => formatMessageLine(raw)).join(''));
  const { out } = await runMeks('drift', path);
  assert.match(
    out,
    /^1 alarm\n.*WebcastGiftMessageV2 .*\n\n1 alarm of before: no sign of it for an hour\n.*LikeMessageV2/,
  );
  assert.match(out, /\(2 times, last at 2026-\d\d-\d\d \d\d:\d\d:\d\d\)/);
});

test('meks drift without a room and without a recording says what it needs', async () => {
  const { err, code } = await runMeks('drift');
  assert.match(err, /MEKS_OPTION_INVALID: drift of what\? Give --room/);
  assert.equal(code, 2);
});

test('recorded evenings show no change upstream', needsCapture(webcastCapture), async () => {
  const { out } = await runMeks('drift', capture(webcastCapture));
  assert.equal(out, 'Nothing that this version does not know.\n');
});
