import assert from 'node:assert/strict';
import { test } from 'node:test';
import { troubleSpeech } from './trouble-speech.ts';
import type { Trouble } from './trouble.ts';

function trouble(key: string, tone: Trouble['tone'], title: string): Trouble {
  return { key, tone, title, since: 0, seen: [], means: 'It means this.', remedy: '', command: '' };
}
const failing = trouble('disk disk-failed', 'bad', 'Disk fails');
const slow = trouble('disk behind', 'warn', 'Disk slow');
const drift = trouble('drift 1', 'warn', 'TikTok has changed');
const quota = trouble('retention at-quota', 'plain', 'Log at its quota');

test('a warning is said when it comes, and when it is over', () => {
  assert.equal(troubleSpeech(null, slow), 'Disk slow. It means this.');
  assert.equal(troubleSpeech(slow, slow), '');
  assert.equal(troubleSpeech(slow, null), 'Over: Disk slow.');
  assert.equal(troubleSpeech(slow, drift), 'TikTok has changed. It means this.');
  assert.equal(troubleSpeech(drift, null), 'TikTok has changed: no new sign of it.');
});

test('what an alert has told is over in words, also when a warning comes after it', () => {
  assert.equal(troubleSpeech(null, failing), '');
  assert.equal(troubleSpeech(failing, null), 'Over: Disk fails.');
  assert.equal(troubleSpeech(failing, quota), 'Over: Disk fails.');
  assert.equal(troubleSpeech(failing, slow), 'Over: Disk fails. Disk slow. It means this.');
});

test('what is only good to know is not said', () => {
  assert.equal(troubleSpeech(null, quota), '');
  assert.equal(troubleSpeech(quota, null), '');
});
