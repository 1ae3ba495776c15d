// A position names one place in a room's stream: (epoch, seq). `seq` counts the room's published events from 1;
// 0 is the place before the first. `epoch` names one unbroken life of that count: it changes when continuity cannot be
// promised (an unclean stop that lost unsynced events, a restored backup), and a resume across epochs is refused.

export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** Written `epoch:seq`, as in `?since=9fJ2kQx0aYo:1042`. */
export function formatPosition(position: Position): string {
  return `${position.epoch}:${position.seq}`;
}

const pattern = /^([A-Za-z0-9_-]{1,32}):(0|[1-9][0-9]{0,15})$/;

/** The position that `text` names, or null when it is not one. */
export function parsePosition(text: string): Position | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const seq = Number(match[2]);
  return Number.isSafeInteger(seq) ? { epoch: match[1]!, seq } : null;
}
