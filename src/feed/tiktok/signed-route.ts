import type { ConnectPlan, RoomBefore, Route } from '../upstream/plan.ts';
import { RoomFinder } from './room-finder.ts';
import type { RoomFinderOptions } from './room-finder.ts';
import { SignService } from './sign-service.ts';

/** The creator's LIVE through a sign service: look up, sign. */
export class SignedRoute implements Route {
  readonly target: string;
  readonly #handle: string;
  readonly #finder: RoomFinder;
  readonly #service: SignService;

  constructor(options: RoomFinderOptions & { readonly signUrl: string; readonly signKeys: readonly string[] }) {
    const { handle, clock, timing, counters, report, signUrl, signKeys } = options;
    this.target = `@${handle}`;
    this.#handle = handle;
    this.#finder = new RoomFinder(options);
    this.#service = new SignService({ url: signUrl, keys: signKeys, clock, timing, counters, report });
  }

  async plan(signal: AbortSignal, before: RoomBefore | null): Promise<ConnectPlan> {
    const lookup = await this.#finder.find(signal, before, [() => this.#service.findRoom(this.#handle, signal)]);
    if (lookup.kind === 'failed') return { kind: 'failed', detail: lookup.reason, waitMs: 0 };
    if (lookup.kind === 'offline') return { kind: 'offline', detail: `@${this.#handle} is not live` };
    const plan = await this.#service.sign(lookup.roomId, signal);
    return plan.kind === 'connect' ? { ...plan, paused: lookup.paused } : plan;
  }
}
