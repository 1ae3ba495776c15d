import type { BattleState } from '../protocol/battle-state.ts';
import type { RoomView } from '../protocol/room-view.ts';
import type { SavedTally } from './battle-tally.ts';
import type { BattleBoards } from './battle-boards.ts';
import type { Boards, SavedReceivers } from './boards.ts';
import { aligned, ByteReader, ByteWriter, corrupt } from './bytes.ts';
import type { BattleResult } from './cockpit.ts';
import type { Drift } from './drift.ts';
import type { GiftKind } from './gift-catalogue.ts';
import type { GiftIndex, SavedGiftNames } from './gift-index.ts';
import type { SavedLedger } from './ledger.ts';
import type { Roster } from './roster.ts';

// What a Ranking is made of as bytes: one JSON text for all that is small, then roster and boards as numbers. Written
// and read in the same order in both functions below; bytes.ts refuses what is damaged or of another version.

/** What a session begins anew. */
export interface SessionSums {
  /** Ids of battles that a newer one displaced, oldest first. */
  ended: readonly string[];
  /** Own results, oldest first. */
  results: readonly BattleResult[];
  /** Diamonds that stand on no board: their gifters found the roster full. */
  unranked: number;
  /** Diamonds by another road: the sum of gift events. The ledger tells the rest. */
  gifted: number;
}

export function emptySums(): SessionSums {
  return { ended: [], results: [], unranked: 0, gifted: 0 };
}

/** All that is not on a board. */
export interface RankingState {
  readonly seq: number;
  readonly hostId: string;
  readonly sums: SessionSums;
  readonly time: readonly number[];
  readonly tally: SavedTally;
  readonly drift: ReturnType<Drift['save']>;
  readonly gifts: readonly GiftKind[];
  readonly receivers: SavedReceivers;
  readonly former: BattleState | null;
  readonly ledger: SavedLedger;
  /** Text of who follows the same events; '' = nobody does. */
  readonly companion: string;
  readonly named: SavedGiftNames;
  readonly view: RoomView;
}

/** What is written as numbers. */
export interface SavedParts {
  readonly boards: Boards;
  readonly battles: BattleBoards;
  readonly gifts: GiftIndex;
}

export function saveState(state: RankingState, roster: Roster, parts: SavedParts): Uint8Array {
  const { boards, battles, gifts } = parts;
  // How the source is doing is no event's doing: it is not part of the state that replaying gives.
  const text = JSON.stringify({ ...state, view: { ...state.view, source: 'connecting' } });
  const textBytes = Buffer.byteLength(text);
  const rosterBytes = roster.savedBytes();
  const texts = 16 + aligned(textBytes) + aligned(rosterBytes);
  const writer = new ByteWriter(texts + boards.savedBytes() + battles.savedBytes() + gifts.savedBytes());
  writer.text(text, textBytes);
  writer.roster(roster, rosterBytes);
  boards.save(writer);
  battles.save(writer);
  gifts.save(writer);
  return writer.finish();
}

/** Fills the empty `parts`. Throws MEKS_JOURNAL_CORRUPT where the bytes are not those of this room. */
export function loadState(
  bytes: Uint8Array,
  room: RoomView['room'],
  giftersMax: number,
  { boards, battles, gifts }: SavedParts,
): { readonly state: RankingState; readonly roster: Roster } {
  const reader = new ByteReader(bytes);
  // The checksum has shown that these are the bytes that saveState wrote.
  const state = JSON.parse(reader.text()) as RankingState;
  if (state.view.room.id !== room.id) throw corrupt(`it is of room ${state.view.room.id}, not of ${room.id}`);
  const roster = reader.roster(giftersMax);
  boards.load(reader, state.receivers, roster.size);
  battles.load(reader, state.view.battle?.sides ?? [], state.former, roster.size);
  gifts.load(reader, state.named);
  reader.finish();
  return { state: { ...state, view: { ...state.view, room } }, roster };
}
