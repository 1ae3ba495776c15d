import type { HelloFrame } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { textFrame } from '../protocol/websocket-frame.ts';

/** The first frame of a connection that stands at `position`. */
export function helloFrame(
  position: Pick<HelloFrame, 'room' | 'epoch' | 'seq' | 'resumed'>,
  serverTime: number,
): Buffer {
  const hello: HelloFrame = { kind: 'hello', ...position, serverTime, heartbeatMs: limits.heartbeatMs.value };
  return textFrame(JSON.stringify(hello));
}
