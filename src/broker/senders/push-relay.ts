import type { PushAdmission, PushRooms, PushTarget } from '../../gateway/gateway.ts';
import { packMessages, type PackedMessages, unpackMessages } from '../../protocol/packed-messages.ts';
import type { PushAnswer, PushItems } from '../../protocol/push.ts';

// Pushes that come to a sender thread, on their way to the feed on the hot one. A pusher's WebSocket is accepted by
// whichever thread the system picked; what they hold, as the cold thread has read it, goes over, and answers come back.
// Bounded by the window of each pusher (gateway/push-door.ts): nobody has more under way than that.

/** `pusher` numbers a connection within one life of a sender thread. */
export type ToPushDesk =
  | { readonly kind: 'push-admit'; readonly pusher: number; readonly room: string; readonly token: string }
  | { readonly kind: 'push-connected'; readonly pusher: number }
  | {
      readonly kind: 'push';
      readonly pusher: number;
      readonly ask: number;
      readonly messages: PackedMessages;
      readonly malformed: PushItems['malformed'];
      readonly malformedCount: number;
    }
  | { readonly kind: 'push-disconnected'; readonly pusher: number; readonly clean: boolean };

export type FromPushDesk =
  | {
      readonly kind: 'push-admission';
      readonly pusher: number;
      readonly admission:
        | Exclude<PushAdmission, { kind: 'admitted' }>
        | { readonly kind: 'admitted'; readonly room: string };
    }
  | { readonly kind: 'push-answer'; readonly ask: number; readonly answer: PushAnswer };

/** The sender's end. */
export class PushRelay implements PushRooms {
  readonly #say: (message: ToPushDesk) => void;
  readonly #admissions = new Map<number, (admission: PushAdmission) => void>();
  readonly #answers = new Map<number, (answer: PushAnswer) => void>();
  #next = 1;

  constructor(say: (message: ToPushDesk) => void) {
    this.#say = say;
  }

  admit(room: string, token: string): Promise<PushAdmission> {
    const pusher = this.#next++;
    return new Promise((resolve) => {
      this.#admissions.set(pusher, resolve);
      this.#say({ kind: 'push-admit', pusher, room, token });
    });
  }

  take(message: FromPushDesk): void {
    if (message.kind === 'push-answer') {
      this.#answers.get(message.ask)?.(message.answer);
      this.#answers.delete(message.ask);
      return;
    }
    const { pusher, admission } = message;
    const target = this.#target(pusher);
    this.#admissions.get(pusher)?.(admission.kind === 'admitted' ? { ...admission, target } : admission);
    this.#admissions.delete(pusher);
  }

  #target(pusher: number): PushTarget {
    return {
      // Whoever has this was admitted.
      admits: () => true,
      take: ({ messages, malformed, malformedCount }) =>
        new Promise((resolve) => {
          const ask = this.#next++;
          this.#answers.set(ask, resolve);
          this.#say({ kind: 'push', pusher, ask, messages: packMessages(messages), malformed, malformedCount });
        }),
      connected: () => this.#say({ kind: 'push-connected', pusher }),
      disconnected: (clean) => this.#say({ kind: 'push-disconnected', pusher, clean }),
      gone: () => this.#say({ kind: 'push-disconnected', pusher, clean: true }),
    };
  }
}

/** The hot thread's end, for one sender. */
export class PushDesk {
  readonly #rooms: PushRooms;
  readonly #say: (message: FromPushDesk) => void;
  readonly #targets = new Map<number, PushTarget>();
  readonly #connected = new Set<number>();

  constructor(rooms: PushRooms, say: (message: FromPushDesk) => void) {
    this.#rooms = rooms;
    this.#say = say;
  }

  take(message: ToPushDesk): void {
    const { pusher } = message;
    const target = this.#targets.get(pusher);
    switch (message.kind) {
      case 'push-admit':
        void this.#admit(pusher, message.room, message.token);
        break;
      case 'push-connected':
        this.#connected.add(pusher);
        target?.connected();
        break;
      case 'push':
        void this.#push(target, message);
        break;
      case 'push-disconnected':
        this.#targets.delete(pusher);
        if (this.#connected.delete(pusher)) target?.disconnected(message.clean);
        break;
    }
  }

  /** The sender is gone, and its pushers with it. */
  lost(): void {
    for (const pusher of this.#connected) this.#targets.get(pusher)?.disconnected(false);
    this.#connected.clear();
    this.#targets.clear();
  }

  async #admit(pusher: number, room: string, token: string): Promise<void> {
    const admission = await this.#rooms.admit(room, token);
    if (admission.kind !== 'admitted') {
      this.#say({ kind: 'push-admission', pusher, admission });
      return;
    }
    this.#targets.set(pusher, admission.target);
    this.#say({ kind: 'push-admission', pusher, admission: { kind: 'admitted', room: admission.room } });
  }

  /** A pusher on a WebSocket can wait: its window bounds it. */
  async #push(target: PushTarget | undefined, message: Extract<ToPushDesk, { readonly kind: 'push' }>): Promise<void> {
    const { ask, malformed, malformedCount } = message;
    const items = { messages: unpackMessages(message.messages), malformed, malformedCount };
    const answer: PushAnswer = target === undefined ? { kind: 'stopped' } : await target.take(items, true);
    this.#say({ kind: 'push-answer', ask, answer });
  }
}
