// What a scripted LIVE is like: how much happens, when battles come, and how often the feed misbehaves.

export interface RateProfile {
  /** Messages a second outside of bursts, on average. */
  readonly tricklePerSec: number;
  /** How far the trickle wanders around its average, 0 to 1. */
  readonly trickleSwing: number;
  /** Messages a second in a burst: reached in one step. */
  readonly peakPerSec: number;
  /** Seconds from the start of one battle to the start of the next; 0 = no battles. */
  readonly battleEverySec: number;
  /** Seconds into the LIVE at which the first battle starts. */
  readonly firstBattleSec: number;
  readonly battleSec: number;
  /** The last seconds of a battle that are a burst; at most the whole battle. */
  readonly burstSec: number;
  /** Victory lap after a battle, in seconds. */
  readonly punishSec: number;
  /** The LIVE ends after this many seconds; 0 = never. */
  readonly endSec: number;
}

/** Probabilities, each of what its name says, as far as real recordings show them. */
export interface FaultRates {
  /** Of a streak, that its end mark never comes. */
  readonly endMissing: number;
  /** Of a tick, that it changes places with the next tick of its streak. */
  readonly tickSwapped: number;
  /** Of a streak of three ticks or more, that one of them comes after the end mark. */
  readonly tickLate: number;
  /** Of any message, that it changes places with its neighbour. */
  readonly inverted: number;
  /** Of a like, that its total comes from the second counter, which is behind. */
  readonly likeTotalBehind: number;
  /** Seconds between lost connections: each is followed by a backlog that repeats what was seen; 0 = none. */
  readonly outageEverySec: number;
  /** Of a battle, that somebody ends it before its time. */
  readonly battleCutShort: number;
}

/** A lively evening: a battle every two minutes, so that somebody who just looks in sees one. */
export const defaultProfile: RateProfile = {
  tricklePerSec: 24,
  trickleSwing: 0.4,
  peakPerSec: 500,
  battleEverySec: 120,
  firstBattleSec: 12,
  battleSec: 75,
  burstSec: 75,
  punishSec: 20,
  endSec: 0,
};

export const defaultFaults: FaultRates = {
  endMissing: 0.05,
  tickSwapped: 0.03,
  tickLate: 0.03,
  inverted: 0.04,
  likeTotalBehind: 0.1,
  outageEverySec: 420,
  battleCutShort: 0,
};

/** Bursts are at most this long: what the canonical workload asks for. */
export const burstSecMax = 90;
