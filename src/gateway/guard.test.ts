import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard, type GuardOptions, isLoopback } from './guard.ts';

function verdict(options: Partial<GuardOptions>, headers: { host?: string; origin?: string }): string {
  return new Guard({ host: '127.0.0.1', ...options }).check(headers)?.code ?? 'passes';
}

test('addresses of this machine are told from all others', () => {
  for (const host of ['127.0.0.1', '127.8.9.10', 'localhost', 'desk.localhost', '::1', '[::1]'])
    assert.equal(isLoopback(host), true, host);
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '1270.0.0.1',
    '',
  ])
    assert.equal(isLoopback(host), false, host);
});

test('on a loopback address only local names may be asked for, whatever the port', () => {
  for (const host of ['127.0.0.1:4820', 'localhost', 'LOCALHOST:80', '[::1]:4820'])
    assert.equal(verdict({}, { host }), 'passes', host);
  for (const host of ['evil.example', 'evil.example:4820', '127.0.0.1.evil.example', '', 'localhost@evil.example'])
    assert.equal(verdict({}, { host }), 'MEKS_HOST_REFUSED', host);
});

test('a rebound name is refused although its origin is its own', () => {
  const headers = { host: 'evil.example:4820', origin: 'http://evil.example:4820' };
  assert.equal(verdict({}, headers), 'MEKS_HOST_REFUSED');
});

test('allowed names pass beside local ones; on a public address they are the only ones that do', () => {
  const allowedHosts = ['Broker.example'];
  assert.equal(verdict({ allowedHosts }, { host: 'broker.example:443' }), 'passes');
  assert.equal(verdict({ allowedHosts }, { host: 'localhost:80' }), 'passes');
  assert.equal(verdict({ host: '0.0.0.0', allowedHosts }, { host: 'broker.example' }), 'passes');
  assert.equal(verdict({ host: '0.0.0.0', allowedHosts }, { host: '10.0.0.5' }), 'MEKS_HOST_REFUSED');
  assert.equal(verdict({ host: '0.0.0.0' }, { host: 'anything' }), 'passes');
});

test('programs send no origin and pass; pages pass from the same host and port only', () => {
  const host = '127.0.0.1:4820';
  assert.equal(verdict({}, { host }), 'passes');
  assert.equal(verdict({}, { host, origin: 'http://127.0.0.1:4820' }), 'passes');
  const foreign = [
    'http://127.0.0.1:3000',
    'http://localhost:4820',
    'https://evil.example',
    'null',
    '',
    'file://',
    'x',
  ];
  for (const origin of foreign) assert.equal(verdict({}, { host, origin }), 'MEKS_ORIGIN_REFUSED', origin);
});

test('a proxy that ends TLS in front does not make a page foreign', () => {
  const options = { allowedHosts: ['broker.example'] };
  assert.equal(verdict(options, { host: 'broker.example', origin: 'https://broker.example' }), 'passes');
  assert.equal(verdict(options, { host: 'broker.example:443', origin: 'https://broker.example' }), 'passes');
  assert.equal(
    verdict(options, { host: 'broker.example:8443', origin: 'https://broker.example' }),
    'MEKS_ORIGIN_REFUSED',
  );
});

test('listed origins pass, exactly as they are written', () => {
  const options = { allowedOrigins: ['https://dash.example', 'null'] };
  const host = 'localhost';
  assert.equal(verdict(options, { host, origin: 'https://dash.example' }), 'passes');
  assert.equal(verdict(options, { host, origin: 'null' }), 'passes');
  assert.equal(verdict(options, { host, origin: 'https://dash.example.evil' }), 'MEKS_ORIGIN_REFUSED');
});

test('the refusal names what was refused and what to do, cut to a readable length', () => {
  const refusal = new Guard({ host: '::1' }).check({ host: 'x'.repeat(5000) });
  assert.match(refusal?.message ?? '', /^Host "x{100}" is not a name of this broker: use 127\.0\.0\.1.*--allow-host/);
  const foreign = new Guard({ host: '::1' }).check({ host: '[::1]', origin: 'https://broker.example' });
  assert.match(
    foreign?.message ?? '',
    /^Origin "https:\/\/broker.example" is another site than "\[::1\]": .*pass Host on/,
  );
});
