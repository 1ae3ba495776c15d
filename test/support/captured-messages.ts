// The recorded payloads of real LIVEs as raw messages: see captures.ts for where they are, and for skipping without
// them.

import { readFileSync } from 'node:fs';
import type { RawMessage } from '../../src/protocol/raw.ts';
import { capture } from './captures.ts';

export const webcastCapture = 'webcast-2023-autumn.ndjson';
export const streaksCapture = 'gift-streaks-2026.expected.json';

interface CapturedLine {
  readonly method: string;
  readonly b64: string;
  readonly recordedAt: string;
  readonly msgId?: string;
  readonly roomId?: string;
}

/** The payloads of autumn 2023, in the order of the file, with the room and id that the recorder read ('' = none). */
export function capturedMessages(): { raw: RawMessage; roomId: string; msgId: string }[] {
  const lines = readFileSync(capture(webcastCapture), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const { method, b64, recordedAt, msgId = '', roomId = '' } = JSON.parse(line) as CapturedLine;
    const payload = new Uint8Array(Buffer.from(b64, 'base64'));
    return { raw: { method, payload, msgId: '', receivedAt: Date.parse(recordedAt), history: false }, roomId, msgId };
  });
}
