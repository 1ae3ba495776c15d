import type { GatewayRooms, PushTarget } from './rooms.ts';

/** What becomes of a program that wants to push. */
export type PushAdmission =
  | { readonly kind: 'admitted'; readonly room: string; readonly target: PushTarget }
  | { readonly kind: 'unknown-room' }
  /** The room's events come from elsewhere. */
  | { readonly kind: 'not-pushed' }
  /** The token is not the room's. */
  | { readonly kind: 'refused' };

/** Where pushes go: rooms of this thread, or of another. */
export interface PushRooms {
  admit(room: string, token: string): Promise<PushAdmission>;
}

/** The rooms of this thread. */
export function localPushRooms(rooms: GatewayRooms): PushRooms {
  return { admit: (room, token) => Promise.resolve(admission(rooms, room, token)) };
}

/** Whether `token` may push to the room of that id or handle. */
export function admission(rooms: GatewayRooms, name: string, token: string): PushAdmission {
  const room = rooms.find(name);
  if (room === null) return { kind: 'unknown-room' };
  const { id, pushed } = room;
  if (pushed === null) return { kind: 'not-pushed' };
  return pushed.admits(token) ? { kind: 'admitted', room: id, target: pushed } : { kind: 'refused' };
}
