import assert from 'node:assert/strict';
import { openRig, type Rig } from '../support/gateway-rig.ts';
import { type FrameOptions, WireClient } from '../support/websocket-wire.ts';

// RFC 6455 as tests of our own against the broker's port. The cases follow the sections of the Autobahn test suite
// (which needs a Python that is gone); what its echo server shows by sending a message back, the broker shows by how it
// closes: a message that it understood as a message is answered with 4504 and its length, because meks.v1 has no client
// messages.

export const notUnderstood = 4504;
export const protocolError = 1002;
export const badText = 1007;
export const tooBig = 1009;

export interface Outcome {
  readonly code: number;
  readonly reason: string;
  /** Kind and length of the message that the broker put together; null when it was none. */
  readonly message: string | null;
}

export class Conformance {
  readonly #rig: Rig;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  static async open(): Promise<Conformance> {
    return new Conformance(await openRig());
  }

  get port(): number {
    return this.#rig.port;
  }

  async connect(headers: Readonly<Record<string, string>> = {}): Promise<WireClient> {
    return await WireClient.open(this.#rig.port, '/v1/rooms/main/stream', headers);
  }

  /** Sends `frames` on a new connection and tells how it was closed. */
  async outcome(...frames: readonly FrameOptions[]): Promise<Outcome> {
    const client = await this.connect();
    for (const frame of frames) client.send(frame);
    return await this.closing(client);
  }

  /** Waits for the close of `client`, answers it, and sees to it that the server ends the connection. */
  async closing(client: WireClient): Promise<Outcome> {
    const { code, reason } = await client.expectClose();
    const errors = client.messages().filter((message) => message['kind'] === 'error');
    const found = /^an? (text|binary) message of (\d+) bytes/.exec(String(errors.at(-1)?.['message']));
    client.close();
    return { code, reason, message: found === null ? null : `${found[1]} ${found[2]}` };
  }

  /** The frames make a message of `expected` (`text 5`), and nothing is wrong with them. */
  async isMessage(expected: string, ...frames: readonly FrameOptions[]): Promise<void> {
    const { code, message } = await this.outcome(...frames);
    assert.deepEqual([code, message], [notUnderstood, expected]);
  }

  /** The frames are refused with `code`. */
  async isRefused(code: number, ...frames: readonly FrameOptions[]): Promise<void> {
    const outcome = await this.outcome(...frames);
    assert.deepEqual([outcome.code, outcome.message], [code, null]);
  }

  async close(): Promise<void> {
    await this.#rig.close();
  }
}
