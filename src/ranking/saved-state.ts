import type { BattleState } from '../protocol/battle-state.ts';
import type { RoomView } from '../protocol/room-view.ts';
import type { BattleBoards } from './battle-boards.ts';
import type { Boards, SavedReceivers } from './boards.ts';
import { aligned, ByteReader, ByteWriter, corrupt } from './bytes.ts';
import type { BattleResult } from './cockpit.ts';
import type { Drift } from './drift.ts';
import type { GiftKind } from './gift-catalogue.ts';
import type { Roster } from './roster.ts';
import type { ScoreRates } from './score-rates.ts';

// What a Ranking is made of as bytes: one JSON text for all that is small, then roster and boards as numbers. Written
// and read in the same order in both functions below; bytes.ts refuses what is damaged or of another version.

/** All that is not on a board. */
export interface RankingState {
  readonly seq: number;
  readonly hostId: string;
  readonly ended: readonly string[];
  readonly results: readonly BattleResult[];
  readonly unranked: number;
  readonly gifted: number;
  readonly corrected: number;
  readonly time: readonly number[];
  readonly rates: ReturnType<ScoreRates['save']>;
  readonly drift: ReturnType<Drift['save']>;
  readonly gifts: readonly GiftKind[];
  readonly receivers: SavedReceivers;
  readonly former: BattleState | null;
  readonly view: RoomView;
}

export function saveState(state: RankingState, roster: Roster, boards: Boards, battles: BattleBoards): Uint8Array {
  // How the source is doing is no event's doing: it is not part of the state that replaying gives.
  const text = JSON.stringify({ ...state, view: { ...state.view, source: 'connecting' } });
  const textBytes = Buffer.byteLength(text);
  const rosterBytes = roster.savedBytes();
  const texts = 16 + aligned(textBytes) + aligned(rosterBytes);
  const writer = new ByteWriter(texts + boards.savedBytes() + battles.savedBytes());
  writer.text(text, textBytes);
  writer.roster(roster, rosterBytes);
  boards.save(writer);
  battles.save(writer);
  return writer.finish();
}

/** Fills the empty `boards` and `battles`. Throws MEKS_JOURNAL_CORRUPT where the bytes are not those of this room. */
export function loadState(
  bytes: Uint8Array,
  room: RoomView['room'],
  giftersMax: number,
  boards: Boards,
  battles: BattleBoards,
): { readonly state: RankingState; readonly roster: Roster } {
  const reader = new ByteReader(bytes);
  // The checksum has shown that these are the bytes that saveState wrote.
  const state = JSON.parse(reader.text()) as RankingState;
  if (state.view.room.id !== room.id) throw corrupt(`it is of room ${state.view.room.id}, not of ${room.id}`);
  const roster = reader.roster(giftersMax);
  boards.load(reader, state.receivers, roster.size);
  battles.load(reader, state.view.battle?.sides ?? [], state.former, roster.size);
  reader.finish();
  return { state: { ...state, view: { ...state.view, room } }, roster };
}
