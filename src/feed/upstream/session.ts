import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SourceState } from '../../protocol/frames.ts';
import type { FeedSink, ReportProblem } from '../feed.ts';
import type { Connect, Connection, ConnectionEnd } from './connection.ts';
import { countMessages } from './counters.ts';
import type { UpstreamCounters } from './counters.ts';
import { endedMessage, enteredMessage, pausedMessage } from './entered.ts';
import { Intake } from './intake.ts';
import type { LivePlan, RoomBefore, Route } from './plan.ts';
import { Retry } from './retry.ts';
import type { UpstreamTiming } from './timing.ts';

// One life of a feed that follows a LIVE elsewhere, from start to stop: look up, connect, stay, come back. A loop of
// promises, because it is cold: what happens per frame is in Connection. Owns one connection at a time and everything
// that outlives it.

export interface SessionOptions {
  readonly route: Route;
  readonly connect: Connect;
  readonly sink: FeedSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: UpstreamTiming;
  readonly counters: UpstreamCounters;
  readonly report: ReportProblem;
  /** After the end of the LIVE: wait for the next one, or be done. */
  readonly afterEnd: 'poll' | 'stop';
}

export class Session {
  readonly #options: SessionOptions;
  readonly #intake: Intake;
  readonly #abort = new AbortController();
  readonly #retry: Retry;
  readonly #offline: Retry;
  readonly #done: Promise<void>;
  #connection: Connection | null = null;
  #state: SourceState | null = null;
  /** The LIVE that the sink was told of last. */
  #toldRoomId = '';
  /** What is sent now is not missed, so the end of this connection interrupts. */
  #listening = false;
  /** Set while the flow is interrupted: when it stopped (monotonic: the wall clock may jump meanwhile), and why. */
  #interruption: {
    readonly reason: 'upstream-lost' | 'silence';
    readonly sinceMs: number;
  } | null = null;
  #before: RoomBefore | null = null;
  #ended: { readonly roomId: string; readonly untilMs: number } | null = null;
  #renewMs: number;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { sink, random, timing } = options;
    this.#intake = new Intake(sink);
    this.#intake.onSpace = () => this.#connection?.resume();
    this.#renewMs = timing.renewMs;
    this.#retry = new Retry({
      random,
      firstMs: timing.retryMs,
      maxMs: timing.retryMsMax,
      failuresMax: timing.circuitFailures,
      openMs: timing.circuitMs,
    });
    const never = { failuresMax: Number.POSITIVE_INFINITY, openMs: 0 };
    this.#offline = new Retry({ random, firstMs: timing.offlineMs, maxMs: timing.offlineMsMax, ...never });
    this.#tell('connecting', options.route.target);
    this.#done = this.#run();
  }

  /** Resolves when nothing more will happen. */
  stop(): Promise<void> {
    this.#intake.close();
    this.#abort.abort();
    this.#connection?.close();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const plan = await this.#options.route.plan(signal, this.#before);
      if (signal.aborted) return;
      if (plan.kind === 'failed') {
        this.#doubt();
        await this.#failed(plan.detail, plan.waitMs);
      } else if (plan.kind === 'offline' || this.#isOver(plan.roomId)) {
        if (plan.kind === 'offline') this.#tellEnded();
        this.#before = null;
        await this.#waitOffline(plan.kind === 'offline' ? plan.detail : 'the LIVE has just ended');
      } else if (!(await this.#follow(plan))) return;
    }
  }

  /** Stays with one connection to its end. False: the session is over. */
  async #follow(plan: LivePlan): Promise<boolean> {
    const { clock, timing, afterEnd } = this.#options;
    this.#before = { roomId: plan.roomId, inDoubt: true };
    this.#listening = false;
    const end = await this.#connect(plan);
    this.#connection = null;
    if (end.kind === 'over' || end.kind === 'offline') this.#before = null;
    else if (end.kind !== 'lost') this.#doubt();
    if (end.kind === 'closed') return false;
    if (end.kind === 'over') {
      this.#interruption = null;
      this.#ended = { roomId: plan.roomId, untilMs: clock.nowMs() + timing.endedMs };
      this.#tell('ended', end.how === 'ended' ? 'the LIVE has ended' : 'the LIVE was suspended');
      if (afterEnd === 'stop') return false;
      await this.#pause(this.#offline.failed().waitMs);
      return true;
    }
    if (end.kind === 'hopeless') {
      this.#options.report({ code: 'connect-refused', message: `${this.#options.route.target}: ${end.detail}` });
      this.#tell('failed', end.detail);
      return false;
    }
    if (end.kind === 'offline') await this.#waitOffline(end.detail);
    else await this.#failed(this.#takeNote(end), 0);
    return true;
  }

  /** Books a connection that failed or was lost, and says it in words. */
  #takeNote(end: ConnectionEnd & { readonly kind: 'refused' | 'lost' | 'silent' }): string {
    const { counters, report, route, timing } = this.#options;
    if (end.kind === 'silent') {
      this.#interrupted('silence', end.sinceMs);
      this.#renewMs = Math.min(this.#renewMs * 2, timing.renewMsMax);
      return `no message for ${Math.round(end.sinceMs / 1_000)} s: the connection is renewed`;
    }
    const message = `${route.target}: ${end.detail}`;
    if (end.kind === 'refused') {
      counters.add('connectFailures');
      report({ code: 'connect-refused', message });
    } else {
      this.#interrupted('upstream-lost', end.sinceMs);
      report({ code: 'connection-lost', message });
    }
    return end.detail;
  }

  #connect(plan: LivePlan): Promise<ConnectionEnd> {
    const { clock, timing, counters, report } = this.#options;
    return new Promise((resolve) => {
      this.#connection = this.#options.connect(plan, {
        clock,
        timing,
        renewMs: this.#renewMs,
        intake: this.#intake,
        counters,
        report,
        onListening: () => this.#onListening(),
        onLive: () => this.#onLive(plan),
        onFlow: () => this.#onFlow(plan),
        onEnd: resolve,
      });
    });
  }

  /** In the room: first what was missed, then that it is live, then the backlog; messages follow. */
  #onLive({ roomId, backlog, paused }: LivePlan): void {
    this.#tellGap();
    this.#tellRoom(roomId);
    if (paused !== undefined) this.#tellPaused(roomId, paused);
    this.#listening = true;
    this.#tell('live', this.#options.route.target);
    countMessages(this.#options.counters, backlog);
    if (backlog.length > 0) this.#intake.messages(backlog, null);
  }

  /** The service is back, the LIVE may be hours away: what was missed ends here. Before the first LIVE nothing was. */
  #onListening(): void {
    if (this.#interruption === null) return;
    this.#tellGap();
    this.#listening = true;
  }

  /** Which LIVE this is, where it was looked up: once, for a connection that is made anew begins nothing. */
  #tellRoom(roomId: string): void {
    const { route, clock, counters } = this.#options;
    if (route.isGiven === true || roomId === this.#toldRoomId) return;
    this.#toldRoomId = roomId;
    counters.add('livesEntered');
    this.#intake.messages([enteredMessage(roomId, clock.wallMs())], null);
  }

  /** Whoever was away may have missed it, either way. */
  #tellPaused(roomId: string, paused: boolean): void {
    const { clock, counters } = this.#options;
    counters.add('statesLookedUp');
    this.#intake.messages([pausedMessage(roomId, paused, clock.wallMs())], null);
  }

  /** A room that was lost in the middle of its LIVE, and of which alone was asked, is over: nobody else will say so. */
  #tellEnded(): void {
    if (this.#before === null || this.#before.inDoubt) return;
    const { clock, counters } = this.#options;
    this.#tellGap();
    counters.add('statesLookedUp');
    this.#intake.messages([endedMessage(this.#before.roomId, clock.wallMs())], null);
  }

  #tellGap(): void {
    const interruption = this.#interruption;
    if (interruption === null) return;
    this.#interruption = null;
    const { clock } = this.#options;
    const { reason, sinceMs } = interruption;
    const lengthMs = Math.round(clock.nowMs() - sinceMs);
    this.#intake.gap({ reason, at: clock.wallMs() - lengthMs, lengthMs, missed: 0 });
  }

  #onFlow({ roomId }: LivePlan): void {
    this.#before = { roomId, inDoubt: false };
    this.#retry.succeeded();
    this.#offline.succeeded();
    this.#renewMs = this.#options.timing.renewMs;
    this.#ended = null;
  }

  /** The room does not work, or not at once: its creator may be live in another one. */
  #doubt(): void {
    if (this.#before !== null) this.#before = { ...this.#before, inDoubt: true };
  }

  #interrupted(reason: 'upstream-lost' | 'silence', forMs: number): void {
    // A connection that never came to life interrupts nothing; what it was to heal is the same interruption still.
    if (!this.#listening) return;
    this.#options.counters.add('interruptions');
    this.#interruption = { reason, sinceMs: this.#options.clock.nowMs() - forMs };
  }

  async #failed(detail: string, waitMs: number): Promise<void> {
    const pause = this.#retry.failed();
    const totalMs = Math.max(pause.waitMs, waitMs);
    const next = `next attempt in ${Math.ceil(totalMs / 1_000)} s`;
    if (pause.open) this.#tell('failed', `${this.#retry.failures} failures in a row, last: ${detail}; ${next}`);
    else this.#tell('connecting', `${detail}; ${next}`);
    await this.#pause(totalMs);
  }

  async #waitOffline(detail: string): Promise<void> {
    this.#retry.succeeded();
    // The LIVE was over before we were back: what it still brought is missing, and the time until the next one is not.
    this.#tellGap();
    if (this.#state !== 'ended' && this.#state !== 'offline') this.#tell('offline', detail);
    await this.#pause(this.#offline.failed().waitMs);
  }

  #isOver(roomId: string): boolean {
    return this.#ended !== null && this.#ended.roomId === roomId && this.#options.clock.nowMs() < this.#ended.untilMs;
  }

  #tell(state: SourceState, detail: string): void {
    this.#state = state;
    this.#intake.state(state, detail);
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.#options.clock.after(ms, done);
      signal.addEventListener('abort', done);
    });
  }
}
