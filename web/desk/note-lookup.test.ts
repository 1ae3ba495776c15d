import assert from 'node:assert/strict';
import test from 'node:test';
import type { Note } from '../../src/protocol/operator.ts';
import { isNoteNew, type Looked, NoteLookup, noteShown } from './note-lookup.ts';
import type { Outcome } from './operator-api.ts';

function note(text: string, id = '101'): Note {
  return { by: 'Ann', at: 5, user: { id, handle: '', name: '', avatar: '' }, text, regular: false };
}

/** Questions are answered by hand. */
function stage() {
  const told: Looked[] = [];
  const questions: { user: string; answer: (outcome: Outcome<Note | null>) => void }[] = [];
  const ask = (user: string): Promise<Outcome<Note | null>> =>
    new Promise((answer) => {
      questions.push({ user, answer });
    });
  const lookup = new NoteLookup(ask, (looked) => told.push(looked));
  return { lookup, told, questions };
}

const known = (text: string | null): Looked => ({ kind: 'known', note: text === null ? null : note(text) });
const asking: Looked = { kind: 'asking' };

test('a note that is not known is asked for, and is not taken for none meanwhile', async () => {
  const { lookup, told, questions } = stage();
  const looked = lookup.look('101');
  assert.deepEqual([told, questions[0]!.user], [[asking], '101']);
  questions[0]!.answer({ kind: 'done', answer: note('birthday in May') });
  await looked;
  assert.deepEqual(told, [asking, known('birthday in May')]);
});

test('a question that fails says why, and can be asked again', async () => {
  const { lookup, told, questions } = stage();
  const first = lookup.look('101');
  questions[0]!.answer({ kind: 'failed', why: 'The broker cannot be reached.' });
  await first;
  const second = lookup.look('101');
  questions[1]!.answer({ kind: 'done', answer: null });
  await second;
  assert.deepEqual(told, [asking, { kind: 'failed', why: 'The broker cannot be reached.' }, asking, known(null)]);
});

test('what the stream tells meanwhile is newer than the answer, and is followed afterwards', async () => {
  const { lookup, told, questions } = stage();
  const looked = lookup.look('101');
  const change = (text: string, key = '101') => ({ list: 'note', key, now: note(text, key), before: null }) as const;
  lookup.observe(change('somebody else’s', '102'));
  lookup.observe(change('new'));
  questions[0]!.answer({ kind: 'done', answer: note('old') });
  await looked;
  lookup.observe({ list: 'note', key: '101', now: null, before: note('new') });
  assert.deepEqual(told, [asking, known('new'), known(null)]);
});

test('an answer about whoever was looked at before is nobody’s', async () => {
  const { lookup, told, questions } = stage();
  const first = lookup.look('101');
  lookup.forget();
  const second = lookup.look('102');
  questions[0]!.answer({ kind: 'done', answer: note('about 101') });
  questions[1]!.answer({ kind: 'done', answer: null });
  await Promise.all([first, second]);
  assert.deepEqual(told, [asking, asking, asking, known(null)]);
});

test('nothing can be saved before it is known what is there, and what was written stays', () => {
  const there = { kind: 'known', note: note('likes cats') } as const;
  const none = { kind: 'known', note: null } as const;
  const draft = { text: 'likes dogs', regular: false };
  assert.deepEqual(noteShown(there, null), { text: 'likes cats', regular: false });
  assert.deepEqual(noteShown(there, draft), draft);
  assert.deepEqual([isNoteNew(null, draft), isNoteNew(none, null), isNoteNew(there, null)], [false, false, false]);
  assert.deepEqual([isNoteNew(there, draft), isNoteNew(none, draft)], [true, true]);
  assert.equal(isNoteNew(there, { text: ' likes cats ', regular: false }), false, 'the same, but for blanks');
  assert.equal(isNoteNew(there, { text: 'likes cats', regular: true }), true);
});
