import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { type Rig, withRig } from '../../test/support/gateway-rig.ts';
import { RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { textFrame } from '../protocol/websocket-frame.ts';

const path = '/v1/rooms/main/events';

async function listen(rig: Rig, address = path, headers: Record<string, string> = {}): Promise<RawSocket> {
  const raw = await RawSocket.open(rig.port);
  raw.send(request(rig.port, `GET ${address}`, headers));
  await until('it is answered', () => raw.text.includes('\r\n\r\n'));
  return raw;
}

/** What an EventSource would have seen until now: id and data of each event, and named events. */
function eventsOf(raw: RawSocket): { id?: string; event?: string; data?: unknown; retry?: string }[] {
  const body = raw.received.toString('utf8').split('\r\n\r\n')[1] ?? '';
  return body
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const fields: Record<string, unknown> = Object.fromEntries(
        block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)),
      );
      if ('data' in fields) fields['data'] = JSON.parse(fields['data'] as string) as unknown;
      return fields;
    });
}

test('the stream comes as events whose ids are positions', async () => {
  await withRig({}, async (rig) => {
    const raw = await listen(rig);
    assert.match(raw.text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(raw.text, /content-type: text\/event-stream; charset=utf-8\r\n/);
    assert.doesNotMatch(raw.text, /transfer-encoding|content-length/i);
    rig.room.publish({ seq: 8, kind: 'chat', text: 'zwei\nZeilen ä' });
    await until('three blocks came', () => eventsOf(raw).length === 3);
    assert.deepEqual(eventsOf(raw), [
      { retry: '1000' },
      { data: rig.room.greeting[0] },
      { id: 'abc:8', data: { seq: 8, kind: 'chat', text: 'zwei\nZeilen ä' } },
    ]);
    assert.equal(rig.gateway.counters.get('eventStreams'), 1);
    raw.close();
    await until('the room is told', () => rig.room.seats[0]!.detached === 1);
    assert.equal(rig.gateway.counters.get('eventStreams'), 0);
    await assertSums(rig.gateway);
  });
});

test('a page of a listed origin may follow, and one of another may not', async () => {
  await withRig({ allowedOrigins: ['https://dash.example'] }, async (rig) => {
    const listed = await listen(rig, path, { origin: 'https://dash.example' });
    assert.match(listed.text, /\r\naccess-control-allow-origin: https:\/\/dash\.example\r\nvary: origin\r\n/);
    const other = await listen(rig, path, { origin: 'https://evil.example' });
    assert.match(other.text, /^HTTP\/1\.1 403 /);
    assert.doesNotMatch(other.text, /access-control/);
    const program = await listen(rig);
    assert.doesNotMatch(program.text, /access-control/);
    for (const raw of [listed, other, program]) raw.close();
  });
});

test('what the browser remembers is where it goes on, before what the page says', async () => {
  await withRig({}, async (rig) => {
    const raws = [
      await listen(rig, `${path}?since=abc:1`),
      await listen(rig, `${path}?since=abc:1`, { 'last-event-id': 'abc:5' }),
      await listen(rig, path, { 'last-event-id': '' }),
    ];
    await until('the room has them', () => rig.room.seats.length === 3);
    const places = rig.room.seats.map((seat) => seat.since?.seq);
    assert.deepEqual(places, [1, 5, undefined]);
    for (const raw of raws) raw.close();
  });
});

test('an unknown room and a malformed position are HTTP errors, after which no browser comes back', async () => {
  await withRig({}, async (rig) => {
    const unknown = await listen(rig, '/v1/rooms/nobody/events');
    await until('the body came', () => unknown.text.includes('MEKS_ROOM_UNKNOWN'));
    assert.match(unknown.text, /^HTTP\/1\.1 404 /);
    for (const headers of [{ 'last-event-id': 'nonsense' }, {}] as Record<string, string>[]) {
      const malformed = await listen(rig, `${path}?since=nonsense`, headers);
      await until('the body came', () => malformed.text.includes('MEKS_POSITION_INVALID'));
      assert.match(malformed.text, /^HTTP\/1\.1 400 /);
      malformed.close();
    }
    unknown.close();
    await assertSums(rig.gateway);
  });
});

test('above the highest number of connections the next is answered 503', async () => {
  await withRig({ limits: { connectionsMax: 1 } }, async (rig) => {
    const first = await listen(rig);
    const second = await listen(rig);
    assert.match(second.text, /^HTTP\/1\.1 503 /);
    assert.match(second.text, /retry-after: \d+\r\n/);
    first.close();
    second.close();
    await assertSums(rig.gateway);
  });
});

test('a close comes as an event with code, reason and whether to come back, then the end', async () => {
  await withRig({}, async (rig) => {
    const raw = await listen(rig);
    await until('the room has it', () => rig.room.seats.length === 1);
    const { link } = rig.room.seats[0]!;
    link.close(4500, 'room removed');
    link.write(textFrame('{"seq":9}'));
    await until('it ends', () => raw.ended);
    assert.deepEqual(eventsOf(raw).at(-1), {
      event: 'close',
      data: { code: 4500, reason: 'room removed', reconnect: false },
    });
    await until('the room is told', () => rig.room.seats[0]!.detached === 1);
    raw.close();
  });
});

test('a reader that does not take the close is cut off after a while', async () => {
  await withRig({ limits: { closeMs: 50 } }, async (rig) => {
    const raw = await listen(rig);
    await until('the room has it', () => rig.room.seats.length === 1);
    raw.socket.pause();
    const seat = rig.room.seats[0]!;
    const frame = textFrame(JSON.stringify({ seq: 8, text: 'x'.repeat(60_000) }));
    while (seat.link.pendingBytes() < 200_000) seat.link.write(frame);
    seat.link.close(4000, 'stalled');
    await until('the room is told', () => seat.detached === 1);
    raw.close();
  });
});

test('a ping is a comment, and what the kernel takes of it is a sign of life', async () => {
  await withRig({}, async (rig) => {
    const raw = await listen(rig);
    await until('the room has it', () => rig.room.seats.length === 1);
    const seat = rig.room.seats[0]!;
    seat.link.ping();
    await until('it counts as alive', () => seat.alive === 1);
    await until('it came', () => raw.text.includes(': ping\n\n'));
    raw.close();
  });
});

test('a listener that sends requests ahead is let go of', async () => {
  await withRig({}, async (rig) => {
    const raw = await RawSocket.open(rig.port);
    raw.send(request(rig.port, `GET ${path}`).repeat(2));
    await until('it is closed', () => raw.closed);
    await assertSums(rig.gateway);
  });
});
