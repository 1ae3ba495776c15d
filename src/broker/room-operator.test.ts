import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSilentRoom, type SilentRoom } from '../../test/support/silent-room.ts';
import type { VirtualClock } from '../base/virtual-clock.ts';
import type { CommandAnswer } from '../protocol/commands.ts';
import { limits } from '../protocol/limits.ts';
import type { Room } from './room.ts';

// A room without a LIVE: what its operators do, and what it does when its own sums no longer agree.

class Stage {
  readonly clock: VirtualClock;
  readonly mismatches: string[] = [];
  readonly room: Room;
  readonly #commands: SilentRoom['commands'];

  constructor() {
    const { clock, room, commands } = openSilentRoom({
      onFault: (error) => assert.ifError(error),
      onMismatch: (problems) => this.mismatches.push(...problems),
    });
    this.clock = clock;
    this.room = room;
    this.#commands = commands;
  }

  async add(id: string, diamonds: number): Promise<CommandAnswer<'corrections.make'>> {
    const request = { id, by: 'ann', reason: 'test', action: 'add', user: '5', diamonds } as const;
    const input = { room: '7', request };
    return await this.#commands['corrections.make']({ name: 'corrections.make', input });
  }

  async pin(id: string): Promise<CommandAnswer<'operator.set'>> {
    const request = { id, by: 'ann', set: { list: 'pin', user: '5', on: true } } as const;
    return await this.#commands['operator.set']({ name: 'operator.set', input: { room: '7', request } });
  }
}

test('what is sent twice is carried out once, and answered alike', async () => {
  const stage = new Stage();
  const first = await stage.add('same', 5);
  const again = await stage.add('same', 5);
  assert.deepEqual([first.again, again.again], [false, true]);
  assert.deepEqual(first.correction, again.correction);
  assert.equal(stage.room.ranking.view.session.diamonds, 5);
  assert.deepEqual(
    [await stage.pin('p'), await stage.pin('p')],
    [
      { id: 'p', seq: 2, again: false },
      { id: 'p', seq: 2, again: true },
    ],
  );
  await stage.room.stop();
});

test('sums that do not agree are logged, counted and told to everybody, once until they agree again', async () => {
  const stage = new Stage();
  const { room, clock, mismatches } = stage;
  const interval = limits.checkIntervalMs.value;
  await stage.add('first', 5);
  clock.advance(2 * interval);
  assert.deepEqual(mismatches, []);
  room.ranking.view.session.diamonds = 6;
  clock.advance(3 * interval);
  assert.equal(mismatches.length, 1);
  const told = (): number => room.ranking.view.operator.alerts.filter(({ kind }) => kind === 'mismatch').length;
  assert.equal(told(), 1);
  assert.equal(room.describe().sumsAgree, false, 'lists and readiness say so');
  assert.match(room.ranking.view.operator.alerts[0]!.text, /6 instead of 5/);
  assert.ok(room.ranking.counters.get('checksFailed') >= 2);
  room.ranking.view.session.diamonds = 5;
  clock.advance(2 * interval);
  assert.equal(room.describe().sumsAgree, true);
  room.ranking.view.session.diamonds = 7;
  clock.advance(2 * interval);
  assert.deepEqual([mismatches.length, told()], [2, 2]);
  await room.stop();
  clock.advance(2 * interval);
  assert.equal(mismatches.length, 2, 'a room that has stopped looks no more');
});

test('a board, a battle side and the ledger that no longer explain each other are each found', async () => {
  for (const plant of [
    (room: Room) => room.ranking.view.board.splice(0, 1),
    (room: Room) => Object.assign(room.ranking.view.board[0]!, { diamonds: 4 }),
    (room: Room) => void room.ranking.view.session.gifters++,
    (room: Room) => Object.assign(room.ranking.view.battle!.sides[0]!, { diamonds: 1 }),
    (room: Room) => room.ranking.view.battleBoards.splice(0, 1),
  ]) {
    const stage = new Stage();
    await stage.add('first', 5);
    const host = { id: '1', handle: 'ours', name: 'Ours', avatar: '' };
    const side = { id: '1', hosts: [host], rooms: [], points: null, outcome: 'unknown', winStreak: null } as const;
    const times = { at: 1_000, startAt: 1_000, durationSec: 301, extraSec: 0, endAt: 0 };
    const battle = { kind: 'battle', change: 'state', id: 'b', battleId: 'b', phase: 'open', form: 'duel' } as const;
    stage.room.tell({ ...battle, ...times, sides: [side], state: null });
    await stage.add('second', 2);
    const gift = { id: '1', name: 'Rose', price: 3, type: 1 };
    const given = {
      kind: 'gift',
      id: 'g',
      at: 2_000,
      user: { ...host, id: '9' },
      gift,
      count: 1,
      diamonds: 3,
    } as const;
    stage.room.tell({ ...given, streak: null, receiver: '', multiplier: 1, standing: null, battle: null });
    assert.equal(stage.room.ranking.view.battle!.sides[0]!.diamonds, 3);
    stage.clock.advance(2 * limits.checkIntervalMs.value);
    assert.deepEqual(stage.mismatches, []);
    plant(stage.room);
    stage.clock.advance(2 * limits.checkIntervalMs.value);
    assert.ok(stage.mismatches.length > 0, String(plant));
    assert.equal(stage.room.describe().sumsAgree, false);
    assert.equal(stage.room.ranking.view.operator.alerts[0]?.kind, 'mismatch');
    await stage.room.stop();
  }
});
