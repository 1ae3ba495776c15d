import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { limits } from '../../src/protocol/limits.ts';
import type { CorrectionWish } from './operator-api.ts';
import { answerMsMax, OperatorApi } from './operator-api.ts';

// What is sent, and under which id, to a broker in memory that carries an id out once, as the real one does.

interface Sent {
  readonly id: string;
  readonly gift?: string;
}

function stage() {
  const sent: Sent[] = [];
  const carriedOut = new Set<string>();
  /** What becomes of the answer to the request with this number, from 0: it is lost, or says something else. */
  const instead = new Map<number, () => Promise<Response>>();
  const clock = new VirtualClock();
  const ask: typeof fetch = (_url, init) => {
    const body = JSON.parse(init!.body as string) as Sent;
    const again = carriedOut.has(body.id);
    carriedOut.add(body.id);
    sent.push(body);
    const answer = instead.get(sent.length - 1) ?? (() => Promise.resolve(Response.json({ again })));
    return Promise.race([answer(), aborted(init!.signal!)]);
  };
  const who = (): { name: string; token: string } => ({ name: 'Mei', token: '' });
  const api = new OperatorApi({ roomUrl: 'http://broker/v1/rooms/1', who, fetch: ask, clock });
  return { api, clock, sent, carriedOut, instead };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });
}

const lost = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
const late = (): Promise<Response> =>
  Promise.resolve(
    Response.json({ error: { code: 'MEKS_ANSWER_LATE', message: 'no answer within 30 s' } }, { status: 503 }),
  );
const notOurs = (): Promise<Response> => Promise.resolve(new Response('<p>Sign in</p>'));
const badGateway = (): Promise<Response> => Promise.resolve(new Response('<p>502</p>', { status: 502 }));

const add: CorrectionWish = { action: 'add', user: '7', diamonds: 100, reason: 'lost on the way' };
const done = (again: boolean): object => ({ kind: 'done', answer: { again } });

for (const [name, answer] of Object.entries({ lost, late, notOurs, badGateway }))
  test(`a correction whose answer does not come (${name}) is sent again under its id, and made once`, async () => {
    const { api, sent, carriedOut, instead } = stage();
    instead.set(0, answer);
    const first = await api.correct([add]);
    assert.equal(first.kind, 'failed');
    assert.doesNotMatch(first.kind === 'failed' ? first.why : '', /Nothing was changed/);
    assert.match(first.kind === 'failed' ? first.why : '', /not known whether .* Trying again is safe/);
    assert.deepEqual(await api.correct([add]), done(true), 'it is told that it was not done twice');
    assert.deepEqual([sent.length, sent[0]!.id, carriedOut.size], [2, sent[1]!.id, 1]);
  });

test('what was done is done: the same once more is another correction, and so is what was changed', async () => {
  const { api, sent, carriedOut, instead } = stage();
  assert.deepEqual(await api.correct([add]), done(false));
  assert.deepEqual(await api.correct([add]), done(false));
  instead.set(2, lost);
  await api.correct([add]);
  assert.deepEqual(await api.correct([{ ...add, diamonds: 90 }]), done(false));
  assert.deepEqual([sent.length, carriedOut.size], [4, 4]);
});

test('a streak that breaks at its fourth gift is gone on with there', async () => {
  const { api, sent, instead } = stage();
  const streak = (reason: string): CorrectionWish[] =>
    Array.from({ length: 10 }, (_, at) => ({ action: 'void-gift', gift: `gift-${at}`, reason }));
  instead.set(3, lost);
  assert.equal((await api.correct(streak('by mistake'))).kind, 'failed');
  assert.equal(sent.length, 4, 'what comes after it waits');
  // The reason may be written anew: it is the same gift that is to go.
  assert.deepEqual(await api.correct(streak('by a child')), done(false));
  assert.equal(new Set(sent.map(({ id }) => id)).size, 10);
  const idsOf = (part: readonly Sent[]): string[] => part.map(({ id, gift }) => `${gift} ${id}`);
  assert.deepEqual(idsOf(sent.slice(4, 8)), idsOf(sent.slice(0, 4)));
});

test('a refusal is told in the broker’s words, and the ids of the streak that it broke are kept', async () => {
  const { api, sent, instead } = stage();
  const error = { code: 'MEKS_GIFT_UNKNOWN', message: 'no gift "b" among the newest' };
  instead.set(1, () => Promise.resolve(Response.json({ error }, { status: 404 })));
  const wishes = ['a', 'b'].map((gift): CorrectionWish => ({ action: 'void-gift', gift, reason: 'x' }));
  assert.deepEqual(await api.correct(wishes), { kind: 'failed', why: 'No gift "b" among the newest.' });
  await api.correct(wishes);
  assert.equal(sent[2]!.id, sent[0]!.id);
});

test('a mark that is set, taken away and set is three wishes, whichever answer was lost', async () => {
  const { api, sent, carriedOut, instead } = stage();
  const pin = (on: boolean): Promise<unknown> => api.set({ list: 'pin', user: '7', on });
  instead.set(0, lost);
  for (const on of [true, false, true]) await pin(on);
  assert.deepEqual([sent.length, carriedOut.size], [3, 3]);
});

test('an undo whose answer was lost takes nothing else back, until something else was done', async () => {
  const { api, sent, instead } = stage();
  instead.set(0, lost);
  await api.undo();
  assert.deepEqual(await api.undo(), done(true));
  instead.set(2, lost);
  await api.undo();
  await api.set({ list: 'pin', user: '7', on: true });
  await api.undo();
  const ids = [0, 1, 2, 4].map((at) => sent[at]!.id);
  assert.deepEqual([ids[1], new Set(ids).size], [ids[0], 3]);
});

test('the note on one person is asked for by their id; none is an answer, and what cannot be read is not', async () => {
  const urls: unknown[] = [];
  const note = { user: { id: '7', handle: '', name: 'Mei', avatar: '' }, text: 'x', regular: true, by: 'Ann', at: 5 };
  const answers = [{ notes: [{ note, lastSeenAt: 0 }], total: 1 }, { notes: [], total: 0 }, { rooms: [] }];
  const ask: typeof fetch = (url) => {
    urls.push(url);
    return Promise.resolve(Response.json(answers[urls.length - 1]));
  };
  const who = (): { name: string; token: string } => ({ name: '', token: '' });
  const api = new OperatorApi({ roomUrl: 'http://broker/v1/rooms/1', who, fetch: ask, clock: new VirtualClock() });
  assert.deepEqual(await api.note('7'), { kind: 'done', answer: note });
  assert.deepEqual(await api.note('8'), { kind: 'done', answer: null });
  assert.equal((await api.note('9')).kind, 'failed');
  assert.equal(urls[0], 'http://broker/v1/rooms/1/operator/notes?user=7');
});

test('a connection that says nothing any more is given up, after the broker would have', async () => {
  const { api, clock, instead } = stage();
  assert.ok(answerMsMax > limits.httpAnswerMs.value);
  instead.set(0, () => new Promise(() => {}));
  const outcome = api.correct([add]);
  clock.advance(answerMsMax);
  assert.equal((await outcome).kind, 'failed');
});
