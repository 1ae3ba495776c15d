import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { Quarantine } from '../normalizer/normalizer.ts';
import { rawBytes } from '../../test/support/webcast-messages.ts';
import { QuarantineLink, type QuarantinedRoom } from './quarantine-link.ts';
import type { EntriesMessage, ReadUpTo } from './quarantine-messages.ts';

/** Rooms, and somebody who asks for what they have set aside. */
class Rig {
  rooms: QuarantinedRoom[] = [];
  readonly link = new QuarantineLink(() => this.rooms);
  readonly readUpTo = new Map<string, ReadUpTo>();
  readonly #channel = new MessageChannel();

  constructor() {
    this.link.started(this.#channel.port1);
  }

  room(id: string, count: number, bytes = 1): QuarantinedRoom {
    const quarantine = new Quarantine();
    const room = { id, normalizer: { quarantine } };
    for (let number = 0; number < count; number++)
      quarantine.add('malformed', '', rawBytes('X', new Uint8Array(bytes)));
    this.rooms.push(room);
    return room;
  }

  /** Numbers of the entries of each room, and whether there are more. */
  async pull(): Promise<string> {
    const { port2 } = this.#channel;
    const answered = new Promise<EntriesMessage>((resolve) => void port2.once('message', resolve));
    port2.postMessage({ kind: 'pull', readUpTo: this.readUpTo });
    const { batches, more } = await answered;
    for (const { room, life, numbers } of batches) this.readUpTo.set(room, { life, number: numbers.at(-1)! });
    const text = batches.map(({ room, numbers }) => `${room}:${numbers[0]}-${numbers.at(-1)}`);
    return [...text, ...(more ? ['more'] : [])].join(' ');
  }

  /** Kinds of the messages that came without being asked for. */
  async heard(): Promise<string[]> {
    const kinds: string[] = [];
    const { port2 } = this.#channel;
    const hear = ({ kind }: { kind: string }): void => void kinds.push(kind);
    port2.on('message', hear);
    // An answer comes after everything that was sent before it.
    const answered = new Promise(
      (resolve) => void port2.on('message', ({ kind }) => kind === 'entries' && resolve(null)),
    );
    port2.postMessage({ kind: 'pull', readUpTo: this.readUpTo });
    await answered;
    port2.removeAllListeners('message');
    return kinds.filter((kind) => kind !== 'entries');
  }

  close(): void {
    this.#channel.port1.close();
  }
}

test('what was set aside is given once, room by room, and a bounded part of it at a time', async () => {
  const rig = new Rig();
  const a = rig.room('a', 3);
  rig.room('b', 700);
  assert.equal(await rig.pull(), 'a:1-3 b:1-500 more');
  assert.equal(await rig.pull(), 'b:501-700');
  assert.equal(await rig.pull(), '');
  a.normalizer.quarantine.add('malformed', '', rawBytes('X', new Uint8Array(1)));
  assert.equal(await rig.pull(), 'a:4-4');
  rig.room('c', 4, 400_000);
  assert.equal(await rig.pull(), 'c:1-2 more', 'a megabyte at a time');
  rig.close();
});

test('that something was set aside is told once until it is asked for', async () => {
  const rig = new Rig();
  const a = rig.room('a', 1);
  a.normalizer.quarantine.onKept = () => rig.link.noticed();
  const set = (): void => a.normalizer.quarantine.add('malformed', '', rawBytes('X', new Uint8Array(1)));
  for (let count = 0; count < 3; count++) set();
  assert.deepEqual(await rig.heard(), ['waiting']);
  assert.equal(await rig.pull(), 'a:1-4');
  assert.deepEqual(await rig.heard(), []);
  set();
  assert.deepEqual(await rig.heard(), ['waiting']);
  rig.close();
});

test('a reader that knows nothing is given all that is still there', async () => {
  const rig = new Rig();
  rig.room('a', 3);
  assert.equal(await rig.pull(), 'a:1-3');
  rig.readUpTo.set('a', { life: 'of another process', number: 3 });
  assert.equal(await rig.pull(), 'a:1-3');
  rig.close();
});

test('what a room had set aside is given after it was let go of, unless one of its name has come', async () => {
  const rig = new Rig();
  const [a, b] = [rig.room('a', 2), rig.room('b', 2)];
  rig.rooms = [];
  rig.link.leave(a);
  rig.link.leave(b);
  rig.room('b', 1);
  assert.equal(await rig.pull(), 'b:1-1 a:1-2');
  assert.equal(await rig.pull(), '');
  rig.close();
});
