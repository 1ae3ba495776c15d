import type { RawMessage } from '../../protocol/raw.ts';

/** How to get a socket now, or why there is none. Each way of connecting is a Route that makes one. */
export type ConnectPlan =
  | {
      readonly kind: 'connect';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly roomId: string;
      readonly cursor: string;
      /** Messages that came with the signature: the backlog of the room. */
      readonly backlog: readonly RawMessage[];
      /** Whether the creator has paused the LIVE; absent = not told. */
      readonly paused?: boolean | undefined;
    }
  /** The creator is not live. */
  | { readonly kind: 'offline'; readonly detail: string }
  /** It may work later: not before `waitMs`, if above 0. */
  | { readonly kind: 'failed'; readonly detail: string; readonly waitMs: number };

export type LivePlan = ConnectPlan & { readonly kind: 'connect' };

/** The room of the last connection. */
export interface RoomBefore {
  readonly roomId: string;
  /**
   * False: it brought messages until it was lost, a moment ago, and nothing needs to be looked up. True: it refused us,
   * or fell silent, and the LIVE may be elsewhere; it is only tried again where no lookup answers.
   */
  readonly inDoubt: boolean;
}

export interface Route {
  /** Where to, for people. */
  readonly target: string;
  /** The address was given: `roomId` of its plans is no word of which LIVE is on. Absent = the LIVE is looked up. */
  readonly isGiven?: true;
  /** Never rejects. `before` is null when there was none, or its LIVE is over. */
  plan(signal: AbortSignal, before: RoomBefore | null): Promise<ConnectPlan>;
}

/** A socket whose address is known: simulators, bridges, benchmarks. */
export class DirectUrlRoute implements Route {
  readonly isGiven = true;
  readonly target: string;
  readonly #url: string;
  readonly #roomId: string;

  constructor(url: string, roomId: string) {
    this.target = new URL(url).host;
    this.#url = url;
    this.#roomId = roomId;
  }

  plan(): Promise<ConnectPlan> {
    return Promise.resolve({
      kind: 'connect',
      url: this.#url,
      headers: {},
      roomId: this.#roomId,
      cursor: '',
      backlog: [],
    });
  }
}
