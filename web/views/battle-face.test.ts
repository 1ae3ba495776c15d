import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { BattleCockpit, BattleState } from '../../src/protocol/battle-state.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { applyEvent, emptyRoomView } from '../../src/protocol/room-view.ts';
import { LivelyRoom } from '../../test/support/lively-room.ts';
import { Announcer } from './announcer.ts';
import { battleFace } from './battle-face.ts';

const startMs = 1_700_000_000_000;

/** A view in a battle of five minutes, whose state is then changed by `change`. */
function viewIn(change: (battle: BattleState) => void = () => undefined): RoomView {
  const room = new LivelyRoom({ random: seededRandom(3) });
  const view = emptyRoomView({ id: '1', handle: 'aurora' });
  applyEvent(view, 1, room.startBattle(startMs, 300));
  change(view.battle!);
  return view;
}

function points(battle: BattleState, own: number | null, rival: number | null): void {
  battle.sides[0]!.points = own;
  battle.sides[1]!.points = rival;
}

function cockpit(overrides: Partial<BattleCockpit>): BattleCockpit {
  return {
    rival: 1,
    gap: null,
    need: null,
    needMin: null,
    multiplier: 1,
    multiplierMax: 1,
    closers: [],
    pointsPerMinute: [null, null],
    scoredAt: [0, 0],
    newGifters: 0,
    difference: null,
    extensionSecMax: 30,
    safeLead: 0,
    series: { wins: 0, losses: 0, draws: 0, streak: 0, versus: { wins: 0, losses: 0, draws: 0 } },
    ...overrides,
  };
}

test('without a battle nothing is claimed', () => {
  const face = battleFace(emptyRoomView({ id: '1', handle: 'a' }), startMs);
  assert.deepEqual([face.mode, face.clock, face.gap], ['none', '—', '']);
});

test('points that nobody told are unknown: no lead, no share, no zero', () => {
  const face = battleFace(
    viewIn((battle) => points(battle, 0, null)),
    startMs,
  );
  assert.deepEqual([face.gap, face.lead], ['Points not told yet', 'unknown']);
  assert.deepEqual(
    face.sides.map((side) => [side.points, side.share]),
    [
      [0, null],
      [null, null],
    ],
  );
});

test('the gap is told from the own side, with who leads', () => {
  const told = (own: number, rival: number): string =>
    battleFace(
      viewIn((battle) => points(battle, own, rival)),
      startMs,
    ).gap;
  assert.deepEqual([told(5_000, 3_760), told(100, 3_100), told(7, 7)], ['Ahead by 1,240', 'Behind by 3,000', 'Level']);
});

test('where the own side is not known, nobody is "us"', () => {
  const face = battleFace(
    viewIn((battle) => {
      battle.own = -1;
      points(battle, 10, 30);
    }),
    startMs,
  );
  assert.equal(face.gap, 'Mikael B. leads by 20');
});

test('time left comes from the broker clock: unknown clock or end, unknown time', () => {
  assert.equal(battleFace(viewIn(), startMs + 1_000).clock, '4:59');
  assert.equal(battleFace(viewIn(), startMs + 290_500).clock, '9.5');
  assert.equal(battleFace(viewIn(), null).clock, '—');
  assert.equal(
    battleFace(
      viewIn((battle) => (battle.dueAt = 0)),
      startMs,
    ).clock,
    '—',
  );
  assert.equal(battleFace(viewIn(), startMs + 400_000).caption, 'Time is up, points still settle');
});

test('what closes the gap is told for sure, and with luck', () => {
  const need = (overrides: Partial<BattleCockpit>): string =>
    battleFace(
      viewIn((battle) => (battle.cockpit = cockpit(overrides))),
      startMs,
    ).need;
  assert.equal(need({ gap: 3_105, need: 3_106 }), 'To lead: 3,106 diamonds');
  assert.equal(
    need({ gap: 3_105, need: 1_553, needMin: 1_553, multiplier: 2, multiplierMax: 2 }),
    'To lead: 1,553 diamonds at ×2',
  );
  assert.equal(
    need({ gap: 3_105, need: 3_106, needMin: 622, multiplierMax: 5 }),
    'To lead: 3,106 diamonds, with luck 622 at ×5',
  );
  assert.equal(need({ gap: -9_000, need: 0, safeLead: 7_000 }), 'Safe from any one gift seen today');
  assert.equal(need({ gap: -900, need: 0, safeLead: 7_000 }), 'Not safe: one gift today was worth 7,000');
  assert.equal(need({}), '');
});

test('a result that nobody told is a dash, and never a win', () => {
  const over = (outcome: 'win' | 'lose' | 'unknown'): string =>
    battleFace(
      viewIn((battle) => {
        battle.phase = 'finished';
        battle.sides[0]!.outcome = outcome;
      }),
      startMs,
    ).clock;
  assert.deepEqual([over('win'), over('lose'), over('unknown')], ['Won', 'Lost', '—']);
});

test('power-ups count down on their side and leave when they are over', () => {
  const view = viewIn((battle) => {
    const item = { anchorId: battle.sides[1]!.id, userId: '7', startAt: startMs, endAt: startMs + 30_000 } as const;
    battle.items = [
      { ...item, item: 'mist', multiplier: 1 },
      { ...item, item: 'top2', multiplier: 2, endAt: startMs + 5_000 },
    ];
  });
  const early = battleFace(view, startMs + 1_000);
  assert.deepEqual(
    early.items.map(({ label, side, leftMs }) => [label, side, leftMs]),
    [
      ['Mist', 1, 29_000],
      ['Booster ×2', 1, 4_000],
    ],
  );
  assert.deepEqual(
    early.sides.map((side) => side.misted),
    [false, true],
  );
  assert.deepEqual(battleFace(view, startMs + 31_000).items, []);
});

test('the lead is announced when it changes, and at most every ten seconds', () => {
  const announcer = new Announcer();
  const said: string[] = [];
  for (let nowMs = 0; nowMs < 60_000; nowMs += 500) {
    const ahead = Math.floor(nowMs / 1_000) % 2 === 0 ? 30 : 10;
    const face = battleFace(
      viewIn((battle) => points(battle, ahead, 20)),
      startMs + nowMs,
    );
    const sentence = announcer.observe(face, nowMs);
    if (sentence !== null) said.push(`${nowMs}: ${sentence}`);
  }
  assert.equal(said[0], '0: Aurora against Mikael B.: ahead by 10.');
  assert.ok(said.length > 3 && said.length <= 6, said.join('\n'));
});

test('the end is announced with the result', () => {
  const announcer = new Announcer();
  announcer.observe(
    battleFace(
      viewIn((battle) => points(battle, 30, 20)),
      startMs,
    ),
    0,
  );
  const over = viewIn((battle) => {
    points(battle, 30, 20);
    battle.phase = 'finished';
    battle.sides[0]!.outcome = 'win';
  });
  assert.equal(announcer.observe(battleFace(over, startMs), 11_000), 'Battle over: won by 10.');
});

test('a gift’s name turns none of the text around it, also in what would turn a battle', () => {
  const gift = { id: '1', name: '\u202EsnuG\u202C \u200B', price: 10, count: 3 };
  const view = viewIn((battle) => {
    points(battle, 10, 40);
    battle.cockpit = cockpit({ gap: -30, need: 31, closers: [{ gifts: [gift], diamonds: 30 }] });
  });
  assert.deepEqual(battleFace(view, startMs).closers, ['3 snuG']);
});

test('what another room of the broker counted is shown with where it is from', () => {
  const user = { id: '7', handle: 'top', name: 'Top', avatar: '' };
  const told = { room: 'their-room', diamonds: 340, complete: false, top: [{ user, diamonds: 300 }] };
  const face = battleFace(
    viewIn((battle) => {
      battle.sides[1]!.diamonds = null;
      battle.sides[1]!.joined = [told];
    }),
    startMs,
  );
  const { diamonds, countedIn, partial, top } = face.sides[1]!;
  assert.deepEqual([diamonds, countedIn, partial, top[0]?.user.name], [340, 'their-room', true, 'Top']);
  assert.equal(face.sides[0]!.countedIn, '');
});

test('series, rival and new gifters are one line, and why points are not diamonds another', () => {
  const texts = (overrides: Partial<BattleCockpit>): [string, string] => {
    const { series, difference } = battleFace(
      viewIn((battle) => void (battle.cockpit = cockpit(overrides))),
      startMs,
    );
    return [series, difference];
  };
  assert.deepEqual(texts({}), ['', '']);
  const series = { wins: 2, losses: 1, draws: 0, streak: 2, versus: { wins: 1, losses: 1, draws: 0 } };
  const difference = { points: 130, diamonds: 100, multiplied: 20, likes: 15, effects: 0, other: -5 };
  assert.deepEqual(texts({ series, newGifters: 3, difference }), [
    'Today 2 won, 1 lost, 2 in a row · 1–1 against them · 3 new gifters',
    'Our points: 100 diamonds +20 multipliers +15 likes −5 else',
  ]);
});
