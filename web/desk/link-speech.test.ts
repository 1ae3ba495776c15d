import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link } from '../client/client.ts';
import { linkAlert, type LinkScene } from './link-speech.ts';

/** What is read out: each text that is not empty, when it comes in place of another. */
function spoken(scenes: readonly (Link | Partial<LinkScene>)[]): string[] {
  const heard: string[] = [];
  let text = '';
  for (const scene of scenes) {
    const own = typeof scene === 'string' ? { link: scene } : scene;
    const next = linkAlert(text, { link: 'live', hasView: true, stuck: '', ...own });
    if (next !== text && next !== '') heard.push(next);
    text = next;
  }
  return heard;
}

const away = 'No connection to the broker. What is shown may be old.';

test('an outage is said once, however often it is tried, and so is its end', () => {
  const outage: Link[] = ['live', 'stale', 'down', 'connecting', 'down', 'connecting', 'loading', 'live', 'live'];
  assert.deepEqual(spoken(outage), [away, 'Connected again.']);
  assert.deepEqual(spoken([...outage, ...outage]), [away, 'Connected again.', away, 'Connected again.']);
});

test('a refusal is news: nobody tries any more', () => {
  const refusal: Link[] = ['live', 'down', 'connecting', 'refused', 'connecting', 'live'];
  const refused = 'Refused by the broker. What is shown may be old.';
  assert.deepEqual(spoken(refusal), [away, refused, away, 'Connected again.']);
});

test('a page that has nothing to show yet has nothing old to warn of, and does not come back', () => {
  const none = { hasView: false };
  assert.deepEqual(spoken([{ ...none, link: 'connecting' }, { ...none, link: 'down' }, 'live', 'catching-up']), []);
});

test('a broker that shows nothing new is said while the link is well, and its end is no return of the link', () => {
  assert.deepEqual(spoken(['live', { stuck: 'Disk full' }, { stuck: 'Disk full' }, 'live']), [
    'Disk full. Nothing new is shown.',
  ]);
  assert.deepEqual(spoken(['down', { stuck: 'Disk full' }, { link: 'down', stuck: 'Disk full' }]), [
    away,
    'Disk full. Nothing new is shown.',
    away,
  ]);
});
