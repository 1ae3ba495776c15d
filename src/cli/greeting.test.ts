import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerConfig, defaultPort } from '../broker/config.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';
import { greeting } from './greeting.ts';
import { parseConfig, type ServeFlags } from './serve-config.ts';

const defaults: ServeFlags = {
  speed: '1',
  eulerKey: '',
  signUrl: 'https://sign.invalid',
  port: String(defaultPort),
  host: '127.0.0.1',
  journal: true,
  fsync: '50',
  keepDays: '90',
  keepGb: '20',
  senders: '0',
  compress: 'remote',
  open: false,
};

function said(flags: Partial<ServeFlags>, change: Partial<BrokerConfig> = {}): string {
  const config = { ...parseConfig({ ...defaults, ...flags }, null, () => true), ...change };
  const rooms = config.rooms.map(({ id, handle, feed }) => ({ id, handle, feed: { name: feed.kind } }));
  return greeting({
    url: `http://${config.host}:4820`,
    config,
    rooms,
    tokenMadeUp: flags.pushTokenFile === undefined,
    addresses: ['192.0.2.7'],
  });
}

test('on this machine alone it says where it is and what it follows, and nothing of tokens', () => {
  assert.equal(
    said({ demo: true, seed: '5' }),
    `
  MEKS is running.

  Board     http://127.0.0.1:4820
  Rooms     @demo (made up, seed 5)
  Log       none: what was seen ends with the process

  Ctrl-C stops it.

`,
  );
});

test('open to a network it names addresses that can be opened, and says who may read and change', () => {
  const text = said({ demo: true, seed: '5', host: '0.0.0.0' });
  assert.match(text, /Board {5}http:\/\/127\.0\.0\.1:4820\n {12}http:\/\/192\.0\.2\.7:4820\n/);
  assert.doesNotMatch(text, /0\.0\.0\.0/);
  assert.match(text, /Reading {3}whoever reaches this port: put a proxy/);
  assert.match(text, /Changes {3}nobody over HTTP: --token-file FILE/);
});

test('behind a proxy it says under which name; a token of a file is never shown', () => {
  const text = said({ demo: true, seed: '5', allowHost: ['meks.example.org'] }, { token: 'secret-of-a-token-file' });
  assert.match(text, /as meks\.example\.org, behind a proxy/);
  assert.match(text, /Changes {3}with the token of the token file/);
  assert.doesNotMatch(text, /secret/);
});

test('what is recorded, and where, is said', () => {
  assert.match(said({ demo: true, seed: '5', record: 'evenings' }), /Log {7}none.*\n {2}Recording evenings\n/);
});

test('a push token that was made up is shown with how to keep one', () => {
  const text = said({ push: ['@ana', '@bo'], journal: false });
  assert.match(text, /Push {6}token [\w-]{32}\n {12}made up for this start: --push-token-file FILE keeps one\n/);
});

test('many rooms are counted, not listed, and none at all is told with what to do', () => {
  const many = (length: number): RoomDefinition[] =>
    Array.from({ length }, (_, index) => ({
      id: `r${index}`,
      handle: `r${index}`,
      feed: { kind: 'euler', apiKey: '' },
    }));
  assert.match(said({ demo: true, seed: '1' }, { rooms: many(50) }), /@r19 .*\n {12}and 30 more: `meks rooms list`\n/);
  assert.match(said({ data: 'somewhere' }), /Rooms {5}none yet: add one with `meks rooms add HANDLE`\n/);
});
