import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSilentRoom } from '../../test/support/silent-room.ts';
import type { Command, CommandAnswer, CommandName, CommandOutcome } from '../protocol/commands.ts';
import type { CorrectionRequest } from '../protocol/corrections.ts';
import type { GiftEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { OperatorRequest, OperatorUndoRequest } from '../protocol/operator.ts';
import { type CommandHandlers, runCommand } from './commands.ts';
import type { Room } from './room.ts';

// Every command of the ledger and of what operators share, through the table that carries commands out: what each
// answers, and each way in which it is refused. Whatever is refused has changed nothing.

function giftOf(id: string, user: string, diamonds: number): GiftEvent {
  const person = { id: user, handle: `h${user}`, name: `Name ${user}`, avatar: '' };
  const gift = { id: '1', name: 'Rose', price: diamonds, type: 1 };
  const base = { kind: 'gift', at: 1_780_000_000_000, count: 1, streak: null, receiver: '', multiplier: 1 } as const;
  return { ...base, id, user: person, gift, diamonds, standing: null, battle: null };
}

class Desk {
  readonly room: Room;
  readonly logged: string[] = [];
  readonly faults: unknown[] = [];
  readonly #handlers: CommandHandlers;
  #ids = 0;

  constructor() {
    const { room, commands } = openSilentRoom({ onFault: (error) => this.faults.push(error), onMismatch: () => {} });
    this.room = room;
    const unused = (): never => assert.fail('not of this test');
    this.#handlers = {
      ...commands,
      'rooms.add': unused,
      'rooms.remove': unused,
      'rooms.push': unused,
      'config.reload': unused,
      'quarantine.retry': unused,
    };
    this.room.tell(giftOf('rose', '100', 50));
    this.room.tell(giftOf('lily', '200', 20));
  }

  /** What of the room must not change where a command is refused. */
  get state(): string {
    return JSON.stringify([this.room.broadcast.head, this.room.ranking.view, this.room.ranking.ledger()]);
  }

  async run(command: Command): Promise<CommandOutcome> {
    const note = (event: string): number => this.logged.push(event);
    const log = { debug: note, info: note, warn: note, error: note, child: () => log };
    return await runCommand(this.#handlers, command, log);
  }

  async done<Name extends CommandName>(_name: Name, command: Command): Promise<CommandAnswer<Name>> {
    const outcome = await this.run(command);
    assert.ok(outcome.kind === 'done', JSON.stringify(outcome));
    assert.deepEqual(this.room.ranking.check().problems, []);
    return outcome.answer as CommandAnswer<Name>;
  }

  /** The code with which a command is refused; everything is as it was. */
  async refused(command: Command): Promise<string> {
    const before = this.state;
    const outcome = await this.run(command);
    assert.ok(outcome.kind === 'refused', JSON.stringify(outcome));
    assert.equal(this.state, before, 'what is refused has changed nothing');
    assert.ok(outcome.message.length > 20, outcome.message);
    return outcome.code;
  }

  correction(what: object, room = '7'): Command {
    const request = { id: `c${++this.#ids}`, by: 'ann', reason: 'test', ...what } as CorrectionRequest;
    return { name: 'corrections.make', input: { room, request } };
  }

  async make(what: object): Promise<CommandAnswer<'corrections.make'>> {
    return await this.done('corrections.make', this.correction(what));
  }

  set(what: object, about: object = {}): Command {
    const request = { id: `o${++this.#ids}`, by: 'ann', set: what, ...about } as OperatorRequest;
    return { name: 'operator.set', input: { room: '7', request } };
  }

  undo(about: Partial<OperatorUndoRequest> = {}): Command {
    return { name: 'operator.undo', input: { room: '7', request: { id: `u${++this.#ids}`, by: 'ann', ...about } } };
  }

  diamonds(user: string): number {
    return this.room.ranking.board({ kind: 'session' })!.diamondsOf(user);
  }
}

test('each correction does what it says, and undoing it brings back what was', async () => {
  for (const [what, after] of [
    [{ action: 'add', user: '300', diamonds: 5 }, [50, 20, 5]],
    [{ action: 'void', user: '100', diamonds: 8 }, [42, 20, 0]],
    [{ action: 'move', user: '100', target: '300', diamonds: 8 }, [42, 20, 8]],
    [{ action: 'merge', user: '200', target: '100' }, [70, 0, 0]],
    [{ action: 'void-gift', gift: 'rose' }, [0, 20, 0]],
  ] as const) {
    const desk = new Desk();
    const { correction, again } = await desk.make(what);
    assert.deepEqual(
      ['100', '200', '300'].map((user) => desk.diamonds(user)),
      after,
      what.action,
    );
    assert.deepEqual([again, correction.open, correction.by], [false, true, 'ann']);
    const undo = await desk.make({ action: 'undo', undoes: correction.id });
    assert.deepEqual(
      ['100', '200', '300'].map((user) => desk.diamonds(user)),
      [50, 20, 0],
      what.action,
    );
    assert.deepEqual([undo.correction.undoes, undo.correction.open], [correction.id, false]);
    const { corrections } = await desk.done('corrections.list', { name: 'corrections.list', input: { room: '7' } });
    assert.deepEqual(
      corrections.map(({ action, undoneBy }) => [action, undoneBy]),
      [
        ['undo', null],
        [what.action === 'void-gift' ? 'void' : what.action, undo.correction.id],
      ],
    );
    await desk.room.stop();
  }
});

test('a correction that cannot be meant is refused with the reason, and nothing changes', async () => {
  const desk = new Desk();
  const first = await desk.make({ action: 'add', user: '100', diamonds: 5 });
  const undo = await desk.make({ action: 'undo', undoes: first.correction.id });
  const voided = await desk.make({ action: 'void-gift', gift: 'lily' });
  for (const [what, code] of [
    [{ action: 'void', user: '999', diamonds: 5 }, 'MEKS_GIFTER_UNKNOWN'],
    [{ action: 'move', user: '999', target: '100', diamonds: 5 }, 'MEKS_GIFTER_UNKNOWN'],
    [{ action: 'merge', user: '999', target: '100' }, 'MEKS_GIFTER_UNKNOWN'],
    [{ action: 'move', user: '100', target: '100', diamonds: 5 }, 'MEKS_CORRECTION_EMPTY'],
    [{ action: 'merge', user: '100', target: '100' }, 'MEKS_CORRECTION_EMPTY'],
    [{ action: 'void-gift', gift: 'tulip' }, 'MEKS_GIFT_UNKNOWN'],
    [{ action: 'void-gift', gift: 'lily' }, 'MEKS_CORRECTION_EMPTY'],
    [{ action: 'attribute', gift: 'lily', to: null }, 'MEKS_CORRECTION_EMPTY'],
    [{ action: 'attribute', gift: 'rose', to: null }, 'MEKS_CORRECTION_EMPTY'],
    [{ action: 'attribute', gift: 'rose', to: { battleId: 'b', sideId: '1' } }, 'MEKS_BATTLE_UNKNOWN'],
    [{ action: 'add', user: '1', diamonds: 1, side: { battleId: 'b', sideId: '1' } }, 'MEKS_BATTLE_UNKNOWN'],
    [{ action: 'undo', undoes: 'nothing' }, 'MEKS_CORRECTION_UNKNOWN'],
    [{ action: 'undo', undoes: first.correction.id }, 'MEKS_CORRECTION_UNDONE'],
    [{ action: 'undo', undoes: undo.correction.id }, 'MEKS_CORRECTION_CLOSED'],
  ] as const)
    assert.equal(await desk.refused(desk.correction(what)), code, JSON.stringify(what));
  assert.equal(
    await desk.refused(desk.correction({ action: 'merge', user: '1', target: '2' }, 'x')),
    'MEKS_ROOM_UNKNOWN',
  );
  await desk.make({ action: 'undo', undoes: voided.correction.id });
  assert.equal(desk.diamonds('200'), 20);
  await desk.room.stop();
});

test('arguments that no door lets in change nothing either: a bug of the caller costs an answer, and is logged', async () => {
  const desk = new Desk();
  for (const diamonds of [-5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, '5', null, undefined]) {
    const codes = ['MEKS_INTERNAL', 'MEKS_CORRECTION_EMPTY'];
    const before = [desk.diamonds('100'), desk.room.ranking.ledger().length];
    const outcome = await desk.run(desk.correction({ action: 'void', user: '100', diamonds }));
    assert.ok(
      outcome.kind === 'refused' && codes.includes(outcome.code),
      `${String(diamonds)}: ${JSON.stringify(outcome)}`,
    );
    assert.deepEqual([desk.diamonds('100'), desk.room.ranking.ledger().length], before);
    assert.deepEqual(desk.room.ranking.check().problems, []);
  }
  assert.equal(await desk.refused(desk.correction({ action: 'dance', user: '100' })), 'MEKS_INTERNAL');
  assert.ok(desk.faults.length > 0 && desk.logged.includes('command.failed'));
  await desk.room.stop();
});

test('of two desks that take the same correction back one is told that it was done', async () => {
  const desk = new Desk();
  const { correction } = await desk.make({ action: 'void', user: '100', diamonds: 8 });
  const both = ['ann', 'ben'].map((by) => desk.run(desk.correction({ by, action: 'undo', undoes: correction.id })));
  const outcomes = await Promise.all(both);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.code : outcome.kind)),
    ['done', 'MEKS_CORRECTION_UNDONE'],
  );
  assert.equal(desk.diamonds('100'), 50);
  const same = desk.correction({ action: 'add', user: '100', diamonds: 7 });
  const twice = await Promise.all([desk.run(same), desk.run(same)]);
  assert.deepEqual(
    twice.map((outcome) => outcome.kind === 'done' && (outcome.answer as { again: boolean }).again),
    [false, true],
  );
  assert.equal(desk.diamonds('100'), 57);
  await desk.room.stop();
});

test('an id names one correction: whatever else is asked for by it is answered with what was done', async () => {
  const desk = new Desk();
  const { correction } = await desk.make({ id: 'mine', action: 'add', user: '100', diamonds: 7 });
  const other = await desk.make({ id: 'mine', action: 'add', user: '200', diamonds: 7 });
  assert.deepEqual(other, { correction, again: true });
  assert.deepEqual([desk.diamonds('100'), desk.diamonds('200')], [57, 20]);
  await desk.room.stop();
});

const rule = { kind: 'value', diamonds: 100, sound: false };
const wishes: readonly (readonly [string, object, object])[] = [
  ['pin', { list: 'pin', user: '100', on: true }, { list: 'pin', user: '100', on: false }],
  ['thanked', { list: 'thanked', user: '100', on: true }, { list: 'thanked', user: '100', on: false }],
  [
    'note',
    { list: 'note', user: '100', text: 'hi', regular: true },
    { list: 'note', user: '100', text: '', regular: false },
  ],
  ['mute', { list: 'mute', user: '100', on: true }, { list: 'mute', user: '100', on: false }],
  [
    'mute-gift',
    { list: 'mute-gift', gift: { id: '1', name: 'Rose' }, on: true },
    { list: 'mute-gift', gift: { id: '1', name: 'Rose' }, on: false },
  ],
  [
    'goal',
    { list: 'goal', key: 'g', goal: { label: 'A lot', measure: 'diamonds', target: 100 } },
    { list: 'goal', key: 'g', goal: null },
  ],
  ['rule', { list: 'rule', key: 'r', rule }, { list: 'rule', key: 'r', rule: null }],
];

for (const [list, on, off] of wishes) {
  test(`${list}: set, set again, taken away, taken away again, and each change taken back once`, async () => {
    const desk = new Desk();
    const before = JSON.stringify(desk.room.ranking.view.operator);
    const set = await desk.done('operator.set', desk.set(on));
    assert.equal(set.again, false);
    assert.notEqual(JSON.stringify(desk.room.ranking.view.operator), before);
    assert.equal(await desk.refused(desk.set(on)), 'MEKS_OPERATOR_SAME');
    await desk.done('operator.undo', desk.undo({ undoes: set.id }));
    assert.equal(JSON.stringify(desk.room.ranking.view.operator), before);
    assert.equal(await desk.refused(desk.undo({ undoes: set.id })), 'MEKS_OPERATOR_CHANGED', 'twice');
    assert.equal(await desk.refused(desk.set(off)), 'MEKS_OPERATOR_SAME');
    await desk.done('operator.set', desk.set(on));
    const away = await desk.done('operator.set', desk.set(off));
    assert.equal(JSON.stringify(desk.room.ranking.view.operator), before);
    const back = await desk.done('operator.undo', desk.undo());
    assert.notEqual(JSON.stringify(desk.room.ranking.view.operator), before, `the newest change, ${away.id}, is back`);
    assert.equal(await desk.refused(desk.undo({ undoes: back.id })), 'MEKS_OPERATOR_CHANGED', 'an undo stays');
    await desk.room.stop();
  });
}

test('a change by one desk is not taken back by another in passing, and not over what came after it', async () => {
  const desk = new Desk();
  const goal = (target: number): object => ({ label: 'A lot', measure: 'diamonds', target });
  const first = await desk.done('operator.set', desk.set({ list: 'goal', key: 'g', goal: goal(1) }));
  await desk.done('operator.set', desk.set({ list: 'goal', key: 'g', goal: goal(2) }, { by: 'ben' }));
  assert.equal(await desk.refused(desk.undo({ undoes: first.id })), 'MEKS_OPERATOR_CHANGED');
  assert.equal(await desk.refused(desk.undo({ by: 'cleo' })), 'MEKS_OPERATOR_UNKNOWN');
  assert.equal(await desk.refused(desk.undo({ undoes: 'nothing' })), 'MEKS_OPERATOR_UNKNOWN');
  await desk.done('operator.undo', desk.undo({ by: 'ben' }));
  assert.equal(desk.room.ranking.view.operator.goals[0]!.target, 1, 'Ann’s is back');
  await desk.room.stop();
});

test('a list that is full takes no more, and the same change sent twice is one', async () => {
  const desk = new Desk();
  for (let user = 0; user < limits.operatorPinsMax.value; user++)
    await desk.done('operator.set', desk.set({ list: 'pin', user: String(user), on: true }));
  assert.equal(await desk.refused(desk.set({ list: 'pin', user: 'one-more', on: true })), 'MEKS_OPERATOR_FULL');
  const away = desk.set({ list: 'pin', user: '0', on: false });
  const [first, again] = [await desk.done('operator.set', away), await desk.done('operator.set', away)];
  assert.deepEqual([first.again, again.again, first.seq], [false, true, again.seq]);
  const note = desk.set({ list: 'note', user: '100', text: 'hi', regular: false });
  await desk.done('operator.set', note);
  const list = { name: 'operator.notes', input: { room: '7', user: '', offset: 0, limit: 10 } } as const;
  const { notes, total } = await desk.done('operator.notes', list);
  assert.deepEqual([total, notes.length], [1, 1]);
  const beyond = await desk.done('operator.notes', { ...list, input: { ...list.input, offset: 5 } });
  assert.deepEqual(beyond, { notes: [], total: 1 });
  const noteOn = (user: string): Promise<unknown> =>
    desk.done('operator.notes', { ...list, input: { ...list.input, user } });
  assert.deepEqual(await noteOn('100'), { notes, total: 1 });
  assert.deepEqual(await noteOn('200'), { notes: [], total: 0 }, 'somebody without a note');
  const nowhere = { ...list, input: { ...list.input, room: 'x' } } as const;
  assert.equal(await desk.refused(nowhere), 'MEKS_ROOM_UNKNOWN');
  await desk.room.stop();
});
