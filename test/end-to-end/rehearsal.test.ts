import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServeProcess } from '../support/serve-process.ts';

// `meks serve` rehearses before it listens (src/simulator/rehearsal.ts): nobody is to notice, and least of all when it
// cannot.

/** Loaded before the program: the first port that it opens, which is one of the rehearsal's, cannot be opened. */
const noFirstPort = `
  import net from 'node:net';
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function () {
    net.Server.prototype.listen = listen;
    process.nextTick(() => this.emit('error', new Error('no loopback today')));
    return this;
  };`;

async function text(broker: ServeProcess, path: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${broker.port}${path}`)).text();
}

test('of a rehearsal nothing is to be seen: no room, no connection, no event, no metric, no line', async () => {
  const broker = await ServeProcess.start('--demo', '--seed', '7');
  try {
    const rooms = (await broker.json('/v1/rooms')) as { rooms: { id: string }[] };
    assert.deepEqual(
      rooms.rooms.map(({ id }) => id),
      ['demo'],
    );
    const metrics = await text(broker, '/metrics');
    assert.doesNotMatch(metrics, /rehears/);
    assert.match(metrics, /^meks_gateway_opened(?:_total)? 0$/m);
  } finally {
    assert.equal(await broker.stop(), 0);
  }
  assert.doesNotMatch(broker.output, /rehears/);
});

test('a rehearsal that fails is told once, with its reason, and the broker serves as ever', async () => {
  process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(noFirstPort)}`;
  const starting = ServeProcess.start('--demo', '--seed', '7');
  delete process.env['NODE_OPTIONS'];
  const broker = await starting;
  try {
    assert.match(await text(broker, '/v1/rooms'), /"demo"/);
  } finally {
    assert.equal(await broker.stop(), 0);
  }
  const told = broker.output.split('\n').filter((line) => line.includes('broker.not-rehearsed'));
  assert.equal(told.length, 1, broker.output);
  assert.match(told[0]!, /MEKS_PORT_IN_USE.*no loopback today/);
});

test('who wants no rehearsal gets none', async () => {
  const broker = await ServeProcess.start('--demo', '--seed', '7', '--no-rehearsal');
  assert.equal(await broker.stop(), 0);
});
