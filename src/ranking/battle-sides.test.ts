import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BattleSide } from '../protocol/battle-state.ts';
import { unknownUser, type BattleSideInfo } from '../protocol/events.ts';
import { hostInSides, mergeSides, scoreSides, sideOfHost } from './battle-sides.ts';
import { person, side } from './fixture.ts';

function merged(...messages: BattleSideInfo[][]): BattleSide[] {
  let sides: BattleSide[] = [];
  for (const told of messages) sides = mergeSides(sides, told, 'raise', true);
  return sides;
}

test('hosts keep the newest profile, and one that is nothing but an id replaces nobody', () => {
  const renamed = { ...person('1'), name: 'New name' };
  const hosts = (...told: BattleSideInfo[][]): readonly object[] => merged(...told)[0]!.hosts;
  assert.deepEqual(hosts([side('1')], [side('1', { hosts: [renamed] })]), [renamed]);
  assert.deepEqual(hosts([side('1')], [side('1', { hosts: [unknownUser('1')] })]), [person('1')]);
  const handleOnly = { ...unknownUser('1'), handle: 'known' };
  assert.deepEqual(hosts([side('1')], [side('1', { hosts: [handleOnly] })]), [handleOnly]);
  assert.deepEqual(hosts([side('1')], [side('1', { hosts: [] })]), [person('1')]);
  const team = side('t', { hosts: [person('3'), renamed] });
  assert.deepEqual(hosts([side('t', { hosts: [person('1')] })], [team]), [renamed, person('3')], 'all who were told');
});

test('a message that names some sides leaves the others as they are', () => {
  const both = [side('1', { points: 5, winStreak: 3 }), side('2', { points: 6 })];
  const sides = merged(both, [side('2', { points: 9 })], [side('1', { outcome: 'lose' })]);
  assert.deepEqual(
    sides.map((each) => [each.id, each.points, each.outcome, each.winStreak]),
    [
      ['1', 5, 'lose', 3],
      ['2', 9, 'unknown', null],
    ],
  );
});

test('what one anchor of a team tells of the result is the team’s', () => {
  const teams = [side('t1', { hosts: [person('1'), person('3')] }), side('t2', { hosts: [person('2')] })];
  const sides = merged(teams, [side('3', { outcome: 'lose' }), side('2', { outcome: 'win' })], [side('3'), side('2')]);
  assert.deepEqual(
    sides.map((each) => [each.id, each.outcome]),
    [
      ['t1', 'lose'],
      ['t2', 'win'],
    ],
  );
});

test('more sides than TikTok seats are not shown', () => {
  const many = Array.from({ length: 40 }, (_, index) => side(String(index)));
  assert.equal(merged(many).length, 16);
  const scores = many.map(({ id }) => ({ id, value: 1, top: [] }));
  assert.equal(scoreSides([], scores, 'replace').length, 16);
});

test('a side is found by its own id or by any of its hosts', () => {
  const sides = merged([side('t1', { hosts: [person('1'), person('3')] }), side('2')]);
  assert.deepEqual([sideOfHost(sides, 't1'), sideOfHost(sides, '3'), sideOfHost(sides, '2')], [0, 0, 1]);
  assert.deepEqual([sideOfHost(sides, '9'), sideOfHost(sides, '')], [-1, -1]);
});

test('the host is found by LIVE id where rooms are told for every host, or by handle', () => {
  const room = { hostId: '', handle: 'OURS', liveId: '700' };
  const named = { ...person('3'), handle: 'ours' };
  assert.equal(hostInSides([side('2', { rooms: ['600'] }), side('1', { rooms: ['700'] })], room), '1');
  const some = side('t', { hosts: [person('1'), person('3')], rooms: ['700'] });
  assert.equal(hostInSides([some], room), '', 'whose room that is, nobody says');
  assert.equal(hostInSides([{ ...some, hosts: [person('1'), named] }], room), '3');
  assert.equal(hostInSides([side('1', { rooms: [''] })], { ...room, liveId: '' }), '');
  assert.equal(
    hostInSides([side('1', { hosts: [unknownUser('1')] })], { ...room, handle: '' }),
    '',
    'no handle is nobody’s',
  );
});

test('a team of which points alone were known takes its anchors in, and nobody stands on two sides', () => {
  const anchors = mergeSides([], [side('1'), side('2')], 'raise', false);
  const scored = scoreSides(anchors, [{ id: 't1', value: 9, top: [] }], 'replace');
  const told = [side('t1', { hosts: [person('1'), person('3')] }), side('t2', { hosts: [person('2')] })];
  const teams = mergeSides(scored, told, 'raise', false);
  assert.deepEqual(
    teams.map(({ id, hosts, points }) => [id, hosts.map((host) => host.id), points]),
    [
      ['t1', ['1', '3'], 9],
      ['t2', ['2'], null],
    ],
  );
});
