// WebSocket framing of what the server sends (RFC 6455 §5.2): one unmasked, unfragmented text frame per record.

const finText = 0x81;
/** RSV1, which says that the payload is compressed (RFC 7692). */
export const compressedBit = 0x40;

/** Bytes of the frame header for a payload of `payloadBytes`. */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}

/** Bytes of the payload of the frame at `at`, one that the server wrote itself. */
export function payloadBytesAt(frames: Buffer, at: number): number {
  const length = frames[at + 1]!;
  if (length === 126) return frames.readUInt16BE(at + 2);
  // Lengths of 4 GB and more are not written: no frame of the server comes near.
  return length === 127 ? frames.readUInt32BE(at + 6) : length;
}

/** Bytes of the longest frame for a payload of at most `payloadBytesMax`. */
export function frameBytesMax(payloadBytesMax: number): number {
  return frameHeaderBytes(payloadBytesMax) + payloadBytesMax;
}

/** Writes the header for a text frame and returns the offset at which the payload begins. */
export function writeFrameHeader(buffer: Buffer, offset: number, payloadBytes: number): number {
  buffer[offset] = finText;
  if (payloadBytes < 126) {
    buffer[offset + 1] = payloadBytes;
    return offset + 2;
  }
  if (payloadBytes < 65_536) {
    buffer[offset + 1] = 126;
    buffer[offset + 2] = payloadBytes >>> 8;
    buffer[offset + 3] = payloadBytes & 0xff;
    return offset + 4;
  }
  buffer[offset + 1] = 127;
  buffer.writeUInt32BE(0, offset + 2);
  buffer.writeUInt32BE(payloadBytes, offset + 6);
  return offset + 10;
}

/** A whole text frame for `text`: for control frames, made rarely. */
export function textFrame(text: string): Buffer {
  const payloadBytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafeSlow(frameHeaderBytes(payloadBytes) + payloadBytes);
  frame.write(text, writeFrameHeader(frame, 0, payloadBytes));
  return frame;
}

/** A whole text frame for a payload that is bytes already. */
export function framedText(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafeSlow(frameHeaderBytes(payload.length) + payload.length);
  frame.set(payload, writeFrameHeader(frame, 0, payload.length));
  return frame;
}
