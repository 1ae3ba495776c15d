import type { Envelopes, Draft } from './envelope.ts';
import { displayText, userPiece } from './envelope.ts';
import type { Person } from './people.ts';
import { Fields } from './wire.ts';

// What happens to the room itself: rare messages of a LIVE, as bytes.

/** `action`: 1 paused, 2 unpaused, 3 ended, 4 suspended. */
export function controlMessage(envelopes: Envelopes, at: number, action: 1 | 2 | 3 | 4): Draft {
  const draft = envelopes.begin('WebcastControlMessage', at);
  draft.body.int(2, action);
  return draft.done();
}

export function introMessage(envelopes: Envelopes, host: Person, content: string): Draft {
  // Upstream sends no time with it.
  const draft = envelopes.begin('WebcastLiveIntroMessage', 0);
  draft.body.int(3, 1).text(4, content).part(5, host.user);
  return draft.done();
}

export function goalMessage(
  envelopes: Envelopes,
  at: number,
  goal: { id: string; text: string; progress: number; target: number },
): Draft {
  const draft = envelopes.begin('WebcastGoalUpdateMessage', at);
  const sub = new Fields().int(1, 1).id(2, goal.id).int(3, goal.progress).int(4, goal.target);
  draft.body.part(3, new Fields().id(1, goal.id).int(2, 1).int(3, 1).part(4, sub.bytes()).text(5, goal.text).bytes());
  return draft.done();
}

/** A treasure box: `diamonds` for the first `people` who open it. */
export function envelopeMessage(
  envelopes: Envelopes,
  at: number,
  from: Person,
  diamonds: number,
  people: number,
): Draft {
  const draft = envelopes.begin('WebcastEnvelopeMessage', at);
  const info = new Fields().text(1, envelopes.freshId()).int(2, 1).text(4, from.name).int(5, diamonds).int(6, people);
  draft.body
    .part(
      2,
      info
        .int(7, Math.floor(at / 1_000) + 60)
        .text(8, from.id)
        .text(11, envelopes.roomId)
        .bytes(),
    )
    .int(3, 1);
  return draft.done();
}

export function questionMessage(envelopes: Envelopes, at: number, from: Person, content: string): Draft {
  const draft = envelopes.begin('WebcastQuestionNewMessage', at);
  const question = new Fields()
    .id(1, envelopes.freshId())
    .text(2, content)
    .int(4, Math.floor(at / 1_000))
    .part(5, from.user);
  draft.body.part(2, question.bytes());
  return draft.done();
}

export function subscriptionMessage(envelopes: Envelopes, at: number, user: Person, months: number): Draft {
  const text = displayText('pm_mt_sub_notify', '{0:user} subscribed', [userPiece(user.user)]);
  const draft = envelopes.begin('WebcastSubNotifyMessage', at, { text, describe: '' });
  draft.body
    .part(2, user.user)
    .int(3, 1)
    .int(4, months)
    .int(5, months > 1 ? 2 : 1)
    .int(7, 1)
    .int(8, 1);
  return draft.done();
}

/** A method that MEKS has no name for, with a body that only its own reader would know. */
export function strangeMessage(envelopes: Envelopes, at: number, method: string): Draft {
  const draft = envelopes.begin(method, at);
  draft.body.int(2, 3).text(7, 'scripted').part(19, new Fields().int(1, at).bytes());
  return draft.done();
}
