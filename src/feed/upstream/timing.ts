// Every duration of the TikTok feed, in milliseconds, with the reason for its default. Tests make them small.

export interface UpstreamTiming {
  /** Between our heartbeats; the real client sends one every ten seconds, and the server answers each. */
  readonly heartbeatMs: number;
  /** Without any frame for so long the connection is half-open: two heartbeats have gone unanswered, and some. */
  readonly deadMs: number;
  /**
   * Open, but without messages for so long, is told as `silent`: viewer counts alone come every two or three seconds.
   */
  readonly silentMs: number;
  /** Silent for so long, the connection is renewed. Doubles with each renewal that brings nothing. */
  readonly renewMs: number;
  readonly renewMsMax: number;
  /** For the handshake of the socket, and again for the room to let us in. */
  readonly connectMs: number;
  /** For one HTTP answer, its body included. */
  readonly httpMs: number;
  /** First pause after a failure; doubles, with chance, up to the maximum. */
  readonly retryMs: number;
  readonly retryMsMax: number;
  /** So many failures in a row open the circuit: no attempt for circuitMs, then a single one. */
  readonly circuitFailures: number;
  readonly circuitMs: number;
  /** Between looks at a creator who is not live: polite, and slower the longer it takes. */
  readonly offlineMs: number;
  readonly offlineMsMax: number;
  /** After the end the same room counts as over for so long, whatever the lookup says: it lags. */
  readonly endedMs: number;
  /** A key that was not accepted rests so long; doubles each time in a row: one that is wrong costs a call an hour. */
  readonly keyRejectedMs: number;
  readonly keyRejectedMsMax: number;
}

export const defaultTiming: UpstreamTiming = {
  heartbeatMs: 10_000,
  deadMs: 26_000,
  silentMs: 20_000,
  renewMs: 60_000,
  renewMsMax: 600_000,
  connectMs: 20_000,
  httpMs: 10_000,
  retryMs: 1_000,
  retryMsMax: 60_000,
  circuitFailures: 8,
  circuitMs: 300_000,
  offlineMs: 20_000,
  offlineMsMax: 300_000,
  endedMs: 120_000,
  keyRejectedMs: 600_000,
  keyRejectedMsMax: 3_600_000,
};
