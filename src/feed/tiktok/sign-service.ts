import { fromBinary } from '@bufbuild/protobuf';
import type { Clock } from '../../base/clock.ts';
import { ProtoMessageFetchResultSchema } from '../../protocol/webcast/webcast_pb.ts';
import type { ReportProblem } from '../feed.ts';
import { cookiesOf, socketUrl, userAgent } from './client.ts';
import type { UpstreamCounters } from '../upstream/counters.ts';
import { readFetchResult } from './frames.ts';
import { httpGet } from './http.ts';
import type { HttpAnswer, HttpOutcome } from './http.ts';
import { isObject, textAt } from './json.ts';
import { KeyRing } from './keys.ts';
import type { ConnectPlan } from '../upstream/plan.ts';
import type { UpstreamTiming } from '../upstream/timing.ts';
import { readSignedRoom } from './room-lookup.ts';
import type { Lookup } from './room-lookup.ts';

// The service that signs a connection (Euler's API, or any that speaks it). Keys are used in turn: one that has reached
// its rate rests as long as the service says, one that is not accepted for ten minutes or more. Nothing here logs a
// key.

export interface SignServiceOptions {
  /** Base address, without a slash at its end. */
  readonly url: string;
  readonly keys: readonly string[];
  readonly clock: Clock;
  readonly timing: UpstreamTiming;
  readonly counters: UpstreamCounters;
  readonly report: ReportProblem;
}

/** Rests where the service named none. */
const restMs = 60_000;
/** A rest that is over before it began (`retry-after: 0`, a clock that is behind) would be none. */
const restMsMin = 1_000;
const restMsMax = 24 * 3_600_000;
/** A key whose plan does not cover this is not asked again soon. */
const unpaidMs = 3_600_000;

export class SignService {
  readonly #options: SignServiceOptions;
  readonly #keys: KeyRing;
  /** Why a key rests, in words: the last reason that was given. */
  #refusal = '';

  constructor(options: SignServiceOptions) {
    const { keys, timing } = options;
    this.#options = options;
    this.#keys = new KeyRing({ keys, rejectedMs: timing.keyRejectedMs, rejectedMsMax: timing.keyRejectedMsMax });
  }

  async findRoom(handle: string, signal: AbortSignal): Promise<Lookup> {
    const choice = this.#keys.take(this.#options.clock.nowMs());
    if (choice.kind !== 'key') return { kind: 'failed', reason: 'all keys of the sign service rest' };
    const outcome = await this.#get(`/webcast/anchors/${handle}/room_id`, choice.key, 'application/json', signal);
    if (outcome.kind === 'answer' && outcome.status === 200) this.#keys.accept(choice.index);
    else if (outcome.kind === 'answer') this.#refused(outcome, choice.index, choice.label);
    return readSignedRoom(outcome);
  }

  /** A signed socket for `roomId`. Tries one key after the other until one is accepted, and each of them once. */
  async sign(roomId: string, signal: AbortSignal): Promise<ConnectPlan> {
    const query = new URLSearchParams({
      client: 'meks',
      cursor: '',
      user_agent: userAgent,
      client_enter: 'true',
      platform: 'web',
    });
    const asked = new Set<number>();
    while (!signal.aborted) {
      const choice = this.#keys.take(this.#options.clock.nowMs());
      if (choice.kind === 'wait')
        return failed(`all keys of the sign service rest; last: ${this.#refusal}`, choice.waitMs);
      // Its rest may be over while the others were asked: what comes next is a pause, not the next round.
      if (asked.has(choice.index)) return failed(this.#refusal, 0);
      asked.add(choice.index);
      const path = `/webcast/rooms/${roomId}/connect?${query.toString()}`;
      const outcome = await this.#get(path, choice.key, 'application/protobuf', signal);
      if (outcome.kind === 'failed') return failed(`the sign service does not answer: ${outcome.reason}`, 0);
      if (outcome.status === 200) {
        this.#keys.accept(choice.index);
        return this.#accept(roomId, outcome);
      }
      const { reason, tryNext } = this.#refused(outcome, choice.index, choice.label);
      if (!tryNext) return failed(reason, 0);
    }
    return failed('stopped', 0);
  }

  #get(path: string, key: string | null, accept: string, signal: AbortSignal): Promise<HttpOutcome> {
    const { url, clock, timing, counters } = this.#options;
    counters.add('signCalls');
    const headers = { accept, 'user-agent': userAgent, ...(key === null ? {} : { 'x-api-key': key }) };
    return httpGet(url + path, { clock, timeoutMs: timing.httpMs, headers, signal, redirect: 'manual' });
  }

  /** Learns from a refusal. `tryNext`: another key may do better. */
  #refused(answer: HttpAnswer, index: number, label: string): { readonly reason: string; readonly tryNext: boolean } {
    const { clock, counters, report } = this.#options;
    const { status } = answer;
    counters.add('signRefusals');
    const said = this.#withoutKeys(messageOf(answer));
    const tell = (code: 'sign-key' | 'sign-service', reason: string): string => {
      report({ code, message: said === '' ? reason : `${reason} (${said})` });
      if (code === 'sign-key') this.#refusal = reason;
      return reason;
    };
    if (status === 429) {
      const ms = restOf(answer.headers, clock.wallMs());
      this.#keys.rest(index, clock.nowMs() + ms);
      return {
        reason: tell('sign-key', `${label} has reached its rate and rests for ${Math.ceil(ms / 1_000)} s`),
        tryNext: true,
      };
    }
    if (status === 402) {
      this.#keys.rest(index, clock.nowMs() + unpaidMs);
      return {
        reason: tell('sign-key', `${label} needs a plan that covers this call: see the account at the sign service`),
        tryNext: true,
      };
    }
    if (status === 401 || status === 403) {
      const ms = this.#keys.reject(index, clock.nowMs());
      const again = `it is tried again in ${Math.ceil(ms / 1_000)} s`;
      return { reason: tell('sign-key', `${label} is not accepted: set a valid one; ${again}`), tryNext: true };
    }
    if (status === 404) {
      const reason = 'the sign service does not know this room or this path: check its base address';
      return { reason: tell('sign-service', reason), tryNext: false };
    }
    if (status >= 300 && status < 400) {
      const reason = `the sign service has moved (status ${status}): give its new address, where no key was sent`;
      return { reason: tell('sign-service', reason), tryNext: false };
    }
    return { reason: tell('sign-service', `the sign service answers with status ${status}`), tryNext: false };
  }

  /** What a service says of a key may quote it. */
  #withoutKeys(said: string): string {
    return this.#options.keys.reduce((text, key) => text.replaceAll(key, '(key)'), said);
  }

  #accept(roomId: string, answer: HttpAnswer): ConnectPlan {
    const cookie = cookiesOf([answer.headers.get('x-set-tt-cookie') ?? '']);
    if (cookie === '') return this.#broken('it sent no cookie (x-set-tt-cookie)');
    try {
      const result = fromBinary(ProtoMessageFetchResultSchema, answer.body);
      if (result.cursor === '' || result.pushServer === '') return this.#broken('it named no socket');
      if (!this.#mayConnect(result.pushServer)) return this.#broken('its socket is not a wss:// address');
      const { messages } = readFetchResult(answer.body, this.#options.clock.wallMs(), true);
      const { cursor, internalExt, routeParams } = result;
      const url = socketUrl(result.pushServer, { room_id: roomId, cursor, internal_ext: internalExt, ...routeParams });
      return { kind: 'connect', url, headers: { cookie, 'user-agent': userAgent }, roomId, cursor, backlog: messages };
    } catch (error) {
      return this.#broken(error instanceof Error ? error.message : String(error));
    }
  }

  /** Cookies travel on that socket: unencrypted only where the service itself is (a test on this machine). */
  #mayConnect(pushServer: string): boolean {
    if (!URL.canParse(pushServer)) return false;
    const { protocol } = new URL(pushServer);
    return protocol === 'wss:' || (protocol === 'ws:' && this.#options.url.startsWith('http:'));
  }

  #broken(why: string): ConnectPlan {
    this.#options.counters.add('signRefusals');
    const detail = `the answer of the sign service cannot be used: ${why}`;
    this.#options.report({ code: 'sign-service', message: detail });
    return failed(detail, 0);
  }
}

/** `retry-after` in seconds or as a date, else `x-ratelimit-reset` in seconds or as a Unix time. */
function restOf(headers: Headers, wallMs: number): number {
  const after = headers.get('retry-after') ?? headers.get('x-ratelimit-reset');
  if (after === null) return restMs;
  const seconds = Number(after);
  let ms = seconds * 1_000;
  if (Number.isNaN(seconds)) ms = Date.parse(after) - wallMs;
  else if (seconds > 1_000_000_000) ms = (seconds > 1e12 ? seconds : seconds * 1_000) - wallMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, restMsMin), restMsMax) : restMs;
}

function messageOf(answer: HttpAnswer): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(answer.body).toString('utf8'));
    return isObject(value) ? `${textAt(value, 'message')} ${textAt(value, 'limit_label')}`.trim().slice(0, 300) : '';
  } catch {
    return '';
  }
}

function failed(detail: string, waitMs: number): ConnectPlan {
  return { kind: 'failed', detail, waitMs };
}
