import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Note, OperatorChange } from './operator.ts';
import { applyOperator } from './operator.ts';
import { emptyRoomView } from './room-view.ts';

const user = { id: '5', handle: '', name: 'Mei', avatar: '' };

function note(text: string): Note {
  return { by: 'Ann', at: 1, user, text, regular: false };
}

test('a note in the view is the one that there is, also when its person has left the rows', () => {
  const view = emptyRoomView({ id: '1', handle: 'a' });
  const texts = (change: OperatorChange): string[] => {
    applyOperator(view, { kind: 'operator', id: 'x', at: 1, by: 'Ann', change });
    return view.operator.notes.map(({ text }) => text);
  };
  const change = (before: Note | null, now: Note | null) => ({ list: 'note', key: '5', before, now }) as const;
  assert.deepEqual(texts(change(null, note('unseen'))), [], 'nobody of that id can be seen');
  view.board = [{ user, diamonds: 10, seq: 1 }];
  assert.deepEqual(texts({ list: 'note-shown', note: note('first') }), ['first']);
  view.board = [];
  assert.deepEqual(texts(change(note('first'), note('second'))), ['second']);
  assert.deepEqual(texts(change(note('second'), null)), []);
});
