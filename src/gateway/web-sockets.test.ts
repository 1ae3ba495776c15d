import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { type Rig, withRig } from '../../test/support/gateway-rig.ts';
import { RawSocket, handshakeHeaders, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { clientFrame, opcodes, WireClient } from '../../test/support/websocket-wire.ts';
import { limits } from '../protocol/limits.ts';
import { anyMark } from '../protocol/link.ts';
import { textFrame } from '../protocol/websocket-frame.ts';

const path = '/v1/rooms/main/stream';

/** Opens a stream that is expected to be closed at once: what it is told, and the close. */
async function refusedStream(
  rig: Rig,
  address: string,
  headers: Record<string, string> = {},
): Promise<{ error: unknown; close: { code: number; reason: string }; head: string }> {
  const client = await WireClient.open(rig.port, address, headers);
  const close = await client.expectClose();
  const [error] = client.messages();
  client.close();
  return { error: error?.['code'], close, head: client.head };
}

/** Sends a handshake that is answered with an HTTP error: its status and code. */
async function refusedHandshake(port: number, line: string, headers: Record<string, string>): Promise<string> {
  const raw = await RawSocket.open(port);
  raw.send(request(port, line, headers));
  await until('the connection is closed', () => raw.ended || raw.closed);
  const [head, body] = raw.text.split('\r\n\r\n');
  raw.close();
  const { error } = JSON.parse(body ?? '{}') as { error?: { code: string } };
  return `${head?.split(' ')[1]} ${error?.code}`;
}

test('a connection is taken in by its room, and is sent what the room writes, byte for byte', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    assert.match(client.head, /^HTTP\/1\.1 101 /);
    assert.match(client.head, /sec-websocket-protocol: meks\.v1\r\n/i);
    rig.room.publish({ seq: 8, kind: 'chat', text: 'ä' });
    await until('two frames came', () => client.read().length === 2);
    assert.deepEqual(client.messages(), [rig.room.greeting[0], { seq: 8, kind: 'chat', text: 'ä' }]);
    assert.ok(client.frames.every((frame) => frame.fin && !frame.masked));
    client.close();
    await until('the room is told', () => rig.room.seats[0]?.detached === 1);
    await assertSums(rig.gateway);
  });
});

test('a room is found by its id or by its handle, and a place to go on from is handed over', async () => {
  await withRig({}, async (rig) => {
    for (const address of [path, '/v1/rooms/%40creator/stream?since=9fJ2kQx0aYo:42']) {
      const client = await WireClient.open(rig.port, address);
      await client.expect(opcodes.text);
      client.close();
    }
    const places = rig.room.seats.map((seat) => seat.since);
    assert.deepEqual(places, [null, { epoch: '9fJ2kQx0aYo', seq: 42 }]);
  });
});

test('what is wrong with a request is told in an error frame and by the close code', async () => {
  await withRig({}, async (rig) => {
    const unknown = await refusedStream(rig, '/v1/rooms/nobody/stream');
    assert.deepEqual([unknown.error, unknown.close.code], ['MEKS_ROOM_UNKNOWN', 4501]);
    const undecodable = await refusedStream(rig, '/v1/rooms/%ff/stream');
    assert.deepEqual([undecodable.error, undecodable.close.code], ['MEKS_ROOM_UNKNOWN', 4501]);
    for (const since of ['', 'x', 'abc', 'abc:', 'abc:-1', 'abc:01', 'abc:1e3', ':5', 'a b:5', `${'a'.repeat(33)}:1`]) {
      const { error, close } = await refusedStream(rig, `${path}?since=${encodeURIComponent(since)}`);
      assert.deepEqual([error, close.code], ['MEKS_POSITION_INVALID', 4502], since);
    }
    assert.equal(rig.room.seats.length, 0);
    await assertSums(rig.gateway);
  });
});

test('a wrong subprotocol is agreed to for as long as it takes to say why the connection closes', async () => {
  await withRig({}, async (rig) => {
    const wrong = await refusedStream(rig, path, { 'sec-websocket-protocol': 'chat, other' });
    assert.match(wrong.head, /sec-websocket-protocol: chat\r\n/i);
    assert.deepEqual([wrong.error, wrong.close.code], ['MEKS_SUBPROTOCOL_INVALID', 4503]);
    const none = await refusedStream(rig, path, { 'sec-websocket-protocol': '' });
    assert.deepEqual([none.error, none.close.code], ['MEKS_SUBPROTOCOL_INVALID', 4503]);
    const among = await WireClient.open(rig.port, path, { 'sec-websocket-protocol': 'chat, meks.v1' });
    assert.match(among.head, /sec-websocket-protocol: meks\.v1\r\n/i);
    among.close();
    assert.equal(rig.gateway.counters.get('closedSubprotocol'), 2);
  });
});

test('foreign hosts and sites are refused before the handshake', async () => {
  await withRig({}, async (rig) => {
    const foreignHost = { ...handshakeHeaders, host: 'evil.example' };
    assert.equal(await refusedHandshake(rig.port, `GET ${path}`, foreignHost), '421 MEKS_HOST_REFUSED');
    const foreignSite = { ...handshakeHeaders, origin: 'https://evil.example' };
    assert.equal(await refusedHandshake(rig.port, `GET ${path}`, foreignSite), '403 MEKS_ORIGIN_REFUSED');
    const own = await WireClient.open(rig.port, path, { origin: `http://127.0.0.1:${rig.port}` });
    await own.expect(opcodes.text);
    own.close();
    const { refusedHost, refusedOrigin } = rig.gateway.counters.read();
    assert.deepEqual([refusedHost, refusedOrigin], [1, 1]);
    await assertSums(rig.gateway);
  });
});

test('an upgrade where there is no stream is answered 404', async () => {
  await withRig({}, async (rig) => {
    for (const address of ['/', '/v1/rooms/main', '/v1/rooms/main/events'])
      assert.equal(
        await refusedHandshake(rig.port, `GET ${address}`, handshakeHeaders),
        '404 MEKS_ROUTE_UNKNOWN',
        address,
      );
  });
});

test('above the highest number of connections the next is refused with 503, and welcome when one has left', async () => {
  await withRig({ limits: { connectionsMax: 2 } }, async (rig) => {
    const clients = [await WireClient.open(rig.port, path), await WireClient.open(rig.port, path)];
    assert.equal(await refusedHandshake(rig.port, `GET ${path}`, handshakeHeaders), '503 MEKS_CONNECTIONS_FULL');
    const raw = await RawSocket.open(rig.port);
    raw.send(request(rig.port, `GET ${path}`, handshakeHeaders));
    await until('it is answered', () => raw.ended);
    assert.match(raw.text, /\r\nretry-after: \d+\r\n/);
    clients[0]?.close();
    await until('one has left', () => rig.gateway.counters.get('connections') === 1);
    const next = await WireClient.open(rig.port, path);
    await next.expect(opcodes.text);
    for (const client of [...clients, next]) client.close();
    assert.equal(rig.gateway.counters.get('refusedFull'), 2);
    await assertSums(rig.gateway);
  });
});

test('a storm of handshakes is let in at a pace, and nobody is lost', async () => {
  await withRig({ limits: { openingsPerSecondMax: 400 } }, async (rig) => {
    const opening = Array.from({ length: 60 }, () => WireClient.open(rig.port, path));
    const clients = await Promise.all(opening);
    for (const client of clients) await client.expect(opcodes.text);
    assert.equal(rig.room.seats.length, 60);
    assert.ok(rig.gateway.counters.get('upgradesPaced') > 0);
    for (const client of clients) client.close();
    await assertSums(rig.gateway);
  });
});

test('who goes away while waiting is let go of, and counted', async () => {
  await withRig({ limits: { openingsPerSecondMax: 20 } }, async (rig) => {
    const raws = await Promise.all(Array.from({ length: 5 }, () => RawSocket.open(rig.port)));
    for (const raw of raws) raw.send(request(rig.port, `GET ${path}`, handshakeHeaders));
    await until('they wait', () => rig.gateway.counters.get('upgradesPaced') === 4);
    for (const raw of raws) raw.close();
    await until('all is decided', () => {
      const { opened, upgradesAbandoned } = rig.gateway.counters.read();
      return opened + upgradesAbandoned === 5;
    });
    await assertSums(rig.gateway);
  });
});

test('a pong, or any ping, is a sign of life', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    await until('the room has it', () => rig.room.seats.length === 1);
    const [seat] = rig.room.seats;
    seat?.link.ping();
    const ping = await client.expect(opcodes.ping);
    client.send({ opcode: opcodes.pong, payload: ping.payload });
    await until('it is told', () => seat?.alive === 1);
    client.send({ opcode: opcodes.ping });
    await until('it is told', () => seat?.alive === 2);
    assert.equal(seat?.mark, undefined, 'it answered nothing');
    client.close();
  });
});

test('a pong brings back the mark of its ping; one of another length brings none, an empty one stands for any', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    await until('the room has it', () => rig.room.seats.length === 1);
    const seat = rig.room.seats[0]!;
    seat.link.ping(0xfedc_ba98);
    const { payload } = await client.expect(opcodes.ping);
    for (const [answer, mark] of [
      [payload, 0xfedc_ba98],
      [Buffer.from('12345'), undefined],
      [Buffer.alloc(0), anyMark],
    ] as const) {
      const before = seat.alive;
      client.send({ opcode: opcodes.pong, payload: answer });
      await until('it is told', () => seat.alive === before + 1);
      assert.equal(seat.mark, mark);
    }
    client.close();
  });
});

test('frames may come byte by byte', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    await client.raw.sendByteByByte(clientFrame({ opcode: opcodes.ping, payload: 'p'.repeat(125) }));
    const pong = await client.expect(opcodes.pong);
    assert.equal(pong.payload.toString(), 'p'.repeat(125));
    await client.raw.sendByteByByte(clientFrame({ opcode: opcodes.text, payload: 'x'.repeat(300) }));
    assert.equal((await client.expectClose()).code, 4504);
    client.close();
  });
});

test('frames sent together with the handshake are read', async () => {
  await withRig({}, async (rig) => {
    const raw = await RawSocket.open(rig.port);
    const hasty = clientFrame({ opcode: opcodes.ping, payload: 'hasty' });
    raw.send(Buffer.concat([Buffer.from(request(rig.port, `GET ${path}`, handshakeHeaders)), hasty]));
    await until('it is answered', () => raw.received.includes('hasty'));
    raw.close();
  });
});

test('a message from a client is answered with what was not understood, and the connection closes', async () => {
  await withRig({}, async (rig) => {
    for (const [opcode, kind] of [
      [opcodes.text, 'text'],
      [opcodes.binary, 'binary'],
    ] as const) {
      const client = await WireClient.open(rig.port, path);
      client.send({ opcode, payload: 'hello' });
      assert.equal((await client.expectClose()).code, 4504);
      const error = client.messages().at(-1);
      assert.match(String(error?.['message']), new RegExp(`^a ${kind} message of 5 bytes was not understood`));
      client.close();
    }
    assert.equal(rig.gateway.counters.get('closedMessage'), 2);
  });
});

test('too many frames in a second close the connection', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    const many = limits.clientMessagesPerSecondMax.value + 30;
    client.raw.send(Buffer.concat(Array.from({ length: many }, () => clientFrame({ opcode: opcodes.pong }))));
    assert.equal((await client.expectClose()).code, 4505);
    assert.equal(rig.gateway.counters.get('closedTooMany'), 1);
    assert.ok(rig.room.seats[0]!.alive <= limits.clientMessagesPerSecondMax.value);
    client.close();
  });
});

test('a message above the limit closes the connection with 1009, by its length alone', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    const tooLong = limits.clientMessageBytesMax.value + 1;
    client.raw.send(clientFrame({ opcode: opcodes.text, payload: 'x'.repeat(tooLong) }).subarray(0, 8));
    assert.equal((await client.expectClose()).code, 1009);
    assert.equal(rig.gateway.counters.get('closedProtocol'), 1);
    client.close();
    await assertSums(rig.gateway);
  });
});

test('frames that are not masked close the connection with 1002', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    client.send({ opcode: opcodes.text, payload: 'x', masked: false });
    assert.equal((await client.expectClose()).code, 1002);
    client.close();
  });
});

test('a close by the room carries its code behind all that was written, and nothing comes after it', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    await until('the room has it', () => rig.room.seats.length === 1);
    const { link } = rig.room.seats[0]!;
    link.write(textFrame('{"seq":8}'));
    link.close(4000, 'stalled');
    link.write(textFrame('{"seq":9}'));
    link.ping();
    assert.deepEqual(await client.expectClose(), { code: 4000, reason: 'stalled' });
    client.send({ opcode: opcodes.close, payload: Buffer.of(0x0f, 0xa0) });
    await until('the server ends the connection', () => client.raw.ended);
    assert.deepEqual(
      client.read().map((frame) => frame.opcode),
      [opcodes.text, opcodes.text, opcodes.close],
    );
    await until('the room is told', () => rig.room.seats[0]!.detached === 1);
    client.close();
  });
});

test('bytes that a reader does not take stay visible to the room, and none is lost', async () => {
  await withRig({}, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    await until('the room has it', () => rig.room.seats.length === 1);
    client.raw.socket.pause();
    const { link } = rig.room.seats[0]!;
    const frame = textFrame(JSON.stringify({ seq: 8, text: 'x'.repeat(60_000) }));
    let written = 0;
    await until('the kernel takes no more', () => {
      if (link.pendingBytes() === 0) written += frame.length;
      if (link.pendingBytes() === 0) link.write(frame);
      return link.pendingBytes() > 0;
    });
    client.raw.socket.resume();
    await until('everything has drained', () => link.pendingBytes() === 0);
    await until('everything has come', () => client.read().length === 1 + written / frame.length);
    client.close();
  });
});

test('a reader that does not take the close is cut off after a while', async () => {
  await withRig({ limits: { closeMs: 50 } }, async (rig) => {
    const client = await WireClient.open(rig.port, path);
    await until('the room has it', () => rig.room.seats.length === 1);
    client.raw.socket.pause();
    const seat = rig.room.seats[0]!;
    const frame = textFrame(JSON.stringify({ seq: 8, text: 'x'.repeat(60_000) }));
    while (seat.link.pendingBytes() < 200_000) seat.link.write(frame);
    seat.link.close(4000, 'stalled');
    await until('the room is told', () => seat.detached === 1);
    client.close();
    await assertSums(rig.gateway);
  });
});

test('stopping sends away who still waits, and waits for nobody who does nothing', async () => {
  // The pace of one in a second leaves the second one waiting; five seconds would be the end of patience.
  await withRig({ limits: { openingsPerSecondMax: 1 } }, async (rig) => {
    const raws = await Promise.all([1, 2, 3, 4].map(() => RawSocket.open(rig.port)));
    const [first, second, half, idle] = raws;
    first?.send(request(rig.port, `GET ${path}`, handshakeHeaders));
    second?.send(request(rig.port, `GET ${path}`, handshakeHeaders));
    half?.send('GET / HTTP/1.1\r\n');
    await until('one is in, one waits', () => {
      return rig.gateway.counters.get('opened') === 1 && rig.gateway.counters.get('upgradesPaced') === 1;
    });
    await until('one is in', () => rig.room.seats.length === 1);
    first?.send(clientFrame({ opcode: opcodes.close, payload: Buffer.of(0x03, 0xe8) }));
    await until('it has left', () => rig.gateway.counters.get('connections') === 0);
    await rig.gateway.close();
    await until('all are closed', () => raws.every((raw) => raw.closed));
    assert.equal(idle?.received.length, 0);
    assert.equal(rig.gateway.counters.get('upgradesAbandoned'), 1);
    await assertSums(rig.gateway);
  });
});

test('stopping tells every dashboard to come back', async () => {
  await withRig({}, async (rig) => {
    const clients = await Promise.all([WireClient.open(rig.port, path), WireClient.open(rig.port, path)]);
    const closed = rig.gateway.close();
    for (const client of clients) {
      assert.equal((await client.expectClose()).code, 1001);
      client.send({ opcode: opcodes.close, payload: Buffer.of(0x03, 0xe9) });
    }
    await closed;
    for (const client of clients) client.close();
  });
});
