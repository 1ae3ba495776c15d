// The door for simulations: a room as the broker wires it, with all around it replaced.

export { type CorrectedRooms, ledgerCommands } from './commands/ledger.ts';
export { RankingReplica } from './ranking-replica.ts';
export { realParts, type RoomParts } from './room-parts.ts';
export { Room, type RoomOptions } from './room.ts';
export { RoomPast, type RoomPastOptions } from './room-past.ts';
