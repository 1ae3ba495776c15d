import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExact } from './exact-json.ts';

test('whole numbers that a double cannot hold keep their digits, all others are numbers', () => {
  const text = '{"id":7364000000000000123,"list":[ -6900000000000000777,9007199254740991],"n":5,"x":1.5,"e":1e300}';
  assert.deepEqual(parseExact(text), {
    id: '7364000000000000123',
    list: ['-6900000000000000777', 9007199254740991],
    n: 5,
    x: 1.5,
    e: 1e300,
  });
});

test('what is text stays text, and what is no JSON is refused', () => {
  assert.deepEqual(parseExact('{"say":"call :7364000000000000123"}'), { say: 'call :7364000000000000123' });
  assert.throws(() => parseExact('{"id":7364000000000000123'), SyntaxError);
});
