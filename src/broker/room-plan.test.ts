import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { MeksError } from '../protocol/errors.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';
import { type House, RoomPlan, type RoomPlanOptions } from './room-plan.ts';

const room = (id: string, apiKey = ''): RoomDefinition => ({ id, handle: id, feed: { kind: 'euler', apiKey } });
const nothing = { added: [], removed: [], changed: [], failed: [] };

/** Keeps what it was told; refuses ids that begin with `bad`. */
class FakeHouse implements House {
  readonly rooms = new Map<string, RoomDefinition>();
  readonly told: string[] = [];
  /** Rooms being opened or closed now: more than one at a time would be a race. */
  busy = 0;

  async addRoom(definition: RoomDefinition): Promise<void> {
    await this.#work();
    if (definition.id.startsWith('bad')) throw new MeksError('MEKS_CONFIG_INVALID', 'it cannot be opened');
    assert.ok(!this.rooms.has(definition.id), `${definition.id} is there already`);
    this.rooms.set(definition.id, definition);
    this.told.push(`+${definition.id}`);
  }

  async removeRoom(id: string): Promise<boolean> {
    await this.#work();
    const was = this.rooms.delete(id);
    if (was) this.told.push(`-${id}`);
    return was;
  }

  async #work(): Promise<void> {
    assert.equal(this.busy++, 0);
    await Promise.resolve();
    this.busy--;
  }
}

function planned(options: Partial<RoomPlanOptions> = {}): { plan: RoomPlan; house: FakeHouse; saved: string[] } {
  const house = new FakeHouse();
  const saved: string[] = [];
  const plan = new RoomPlan({
    house,
    log: silentLog,
    flags: [],
    config: [],
    kept: [],
    save: (rooms) => {
      saved.push(rooms.map(({ id }) => id).join(' '));
      return Promise.resolve();
    },
    ...options,
  });
  for (const definition of [...plan.required, ...plan.remembered]) house.rooms.set(definition.id, definition);
  return { plan, house, saved };
}

test('of rooms with one id, that of the flags goes before that of the file, and that before one added earlier', () => {
  const { plan } = planned({
    flags: [room('a', 'flag')],
    config: [room('a', 'config'), room('b', 'config')],
    kept: [room('a', 'kept'), room('b', 'kept'), room('c', 'kept')],
  });
  assert.deepEqual(plan.required, [room('a', 'flag'), room('b', 'config')]);
  assert.deepEqual(plan.remembered, [room('c', 'kept')]);
});

test('what is added is written down, what is removed is struck out; rooms of flags are written down nowhere', async () => {
  const { plan, house, saved } = planned({ flags: [room('f')] });
  assert.deepEqual(await plan.add(room('a')), { id: 'a', kept: true });
  await plan.add(room('b'));
  await plan.remove('a');
  await plan.remove('f');
  assert.deepEqual(saved, ['a', 'a b', 'b']);
  assert.deepEqual(house.told, ['+a', '+b', '-a', '-f']);
});

test('a room that cannot be opened is not written down; where nothing is kept, that is said', async () => {
  const { plan, saved } = planned();
  await assert.rejects(plan.add(room('bad')), { code: 'MEKS_CONFIG_INVALID' });
  assert.deepEqual(saved, []);
  assert.deepEqual(await planned({ save: null }).plan.add(room('a')), { id: 'a', kept: false });
  const full = planned({ save: () => Promise.reject(new MeksError('MEKS_FILE_UNWRITABLE', 'full')) });
  assert.deepEqual(await full.plan.add(room('a')), { id: 'a', kept: false }, 'a full disk costs nobody the room');
});

test('a reload adds, removes and changes to match, and leaves the rest alone', async () => {
  const { plan, house, saved } = planned({
    flags: [room('f')],
    config: [room('stays'), room('goes'), room('changes', 'old')],
    kept: [room('k'), room('taken', 'kept')],
  });
  const wanted = [room('stays'), room('changes', 'new'), room('comes'), room('f', 'ignored'), room('taken', 'config')];
  assert.deepEqual(await plan.configure(wanted), {
    ...nothing,
    added: ['comes'],
    removed: ['goes'],
    changed: ['changes', 'taken'],
  });
  assert.deepEqual([...house.rooms.keys()].toSorted(), ['changes', 'comes', 'f', 'k', 'stays', 'taken']);
  assert.deepEqual(saved, ['k'], 'what the file names is not kept a second time');
  assert.deepEqual(await plan.configure(wanted), nothing, 'the same file again changes nothing');
});

test('a room that cannot be opened at a reload is told and tried again by the next; the others come', async () => {
  const { plan } = planned();
  const failed = [{ id: 'bad', message: 'it cannot be opened' }];
  assert.deepEqual(await plan.configure([room('bad'), room('a')]), { ...nothing, added: ['a'], failed });
  assert.deepEqual(await plan.configure([room('bad'), room('a')]), { ...nothing, failed });
});

test('changes that come at once are made one after the other', async () => {
  const { plan, house } = planned();
  const outcomes = await Promise.allSettled([
    plan.add(room('a')),
    plan.add(room('bad')),
    plan.configure([room('b')]),
    plan.remove('a'),
    plan.add(room('a', 'again')),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status === 'fulfilled'),
    [true, false, true, true, true],
  );
  assert.deepEqual(house.told, ['+a', '+b', '-a', '+a']);
});
