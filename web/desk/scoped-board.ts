import { type BoardLink, type BoardSubscription, subscribeBoard } from '../client/board-client.ts';
import type { ClientEnvironment } from '../client/environment.ts';
import { type BoardScope, formatBoardScope } from '../../src/protocol/board-scope.ts';
import type { Standing } from '../../src/protocol/events.ts';

// A board that is not in the room's view (a window of time, the day), followed while it is the one on screen. Owns one
// subscription at most.

/** As many rows as the session's board has in the view. */
const rowsMax = 100;

export class ScopedBoard {
  readonly #roomUrl: string;
  readonly #environment: ClientEnvironment;
  readonly #changed: () => void;
  #scope = '';
  #subscription: BoardSubscription | null = null;

  /** `changed` is called when there is something new to draw. */
  constructor(roomUrl: string, environment: ClientEnvironment, changed: () => void) {
    this.#roomUrl = roomUrl;
    this.#environment = environment;
    this.#changed = changed;
  }

  /** Follows this board from now on; null = none. */
  follow(scope: BoardScope | null): void {
    const name = scope === null ? '' : formatBoardScope(scope);
    if (name === this.#scope) return;
    this.#scope = name;
    this.#subscription?.close();
    this.#subscription = null;
    if (scope === null) return;
    const options = { roomUrl: this.#roomUrl, scope, rows: rowsMax, environment: this.#environment };
    this.#subscription = subscribeBoard(options);
    this.#subscription.subscribe(this.#changed);
  }

  /** Its rows; null while none have come. */
  get rows(): readonly Standing[] | null {
    return this.#subscription?.view?.rows ?? null;
  }

  /** How its link is doing; null where no board is followed. */
  get link(): BoardLink | null {
    return this.#subscription?.status.link ?? null;
  }

  /** Why the link is in that state; '' = not told. */
  get reason(): string {
    return this.#subscription?.status.reason ?? '';
  }
}
