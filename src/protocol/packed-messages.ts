import type { RawMessage } from './raw.ts';

// Raw messages on their way between threads: a few arrays instead of an object each, because what a message port copies
// it copies object by object, and the hot thread would pay for it. Trusted: made by `packMessages` alone.

export interface PackedMessages {
  readonly methods: readonly string[];
  readonly msgIds: readonly string[];
  /** Unix ms. */
  readonly receivedAt: Float64Array;
  /** 1 = part of a backlog. */
  readonly history: Uint8Array;
  /** Where each payload ends in `bytes`; it begins where the one before it ends. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

export function packMessages(messages: readonly RawMessage[]): PackedMessages {
  const count = messages.length;
  const packed = {
    methods: messages.map(({ method }) => method),
    msgIds: messages.map(({ msgId }) => msgId),
    receivedAt: new Float64Array(count),
    history: new Uint8Array(count),
    ends: new Uint32Array(count),
    bytes: new Uint8Array(messages.reduce((sum, { payload }) => sum + payload.length, 0)),
  };
  let end = 0;
  for (const [index, { payload, receivedAt, history }] of messages.entries()) {
    packed.bytes.set(payload, end);
    end += payload.length;
    packed.ends[index] = end;
    packed.receivedAt[index] = receivedAt;
    packed.history[index] = history ? 1 : 0;
  }
  return packed;
}

/** The messages again; their payloads are views of the packed bytes. */
export function unpackMessages({ methods, msgIds, receivedAt, history, ends, bytes }: PackedMessages): RawMessage[] {
  let start = 0;
  return methods.map((method, index) => {
    const payload = bytes.subarray(start, ends[index]);
    start = ends[index]!;
    return {
      method,
      msgId: msgIds[index]!,
      receivedAt: receivedAt[index]!,
      history: history[index] === 1,
      payload,
    };
  });
}
