import { type DiskDescription, diskStates, retentionStates } from '../../src/protocol/disk.ts';

// The list of rooms as the broker gives it at /v1/rooms, relative to the page, so that it works under any path.

export interface Room {
  readonly id: string;
  readonly handle: string;
  /** How upstream is doing; '' when not told. */
  readonly source: string;
  /** How its log and the disk below it are doing; null when not told, or not in words that this page knows. */
  readonly disk: DiskDescription | null;
  /** The broker's own check of its sums; true also when not told. */
  readonly sumsAgree: boolean;
  /** Signs that events are being lost to a change upstream; 0 also when not told. */
  readonly driftAlarms: number;
}

export type Rooms =
  | { readonly kind: 'rooms'; readonly rooms: readonly Room[] }
  | { readonly kind: 'failed'; readonly why: string };

/** Asks the broker. Never throws: what went wrong is an answer. */
export async function fetchRooms(): Promise<Rooms> {
  try {
    const response = await fetch(brokerUrl('v1/rooms'), { headers: { accept: 'application/json' } });
    if (response.status === 401 || response.status === 403)
      return failed('This browser is not signed in to the broker.');
    if (!response.ok) return failed(`The broker answered ${response.status}.`);
    const rooms = parseRooms(await response.json());
    return rooms === null ? failed('The broker’s list of rooms cannot be read.') : { kind: 'rooms', rooms };
  } catch {
    return failed('The broker cannot be reached.');
  }
}

/** An address of the broker that served this page, which lives one level below its root. */
export function brokerUrl(path: string): string {
  return new URL(`../${path}`, document.baseURI).href;
}

/** The page of a room's past, at one gifter when `user` is given. */
export function pastUrl(room: string, user = ''): string {
  const query = new URLSearchParams({ room, ...(user === '' ? {} : { gifter: user }) });
  return brokerUrl(`history/?${query}`);
}

function failed(why: string): Rooms {
  return { kind: 'failed', why };
}

/** The rooms in `body`, or null when it is no such list. */
export function parseRooms(body: unknown): Room[] | null {
  if (typeof body !== 'object' || body === null || !('rooms' in body) || !Array.isArray(body.rooms)) return null;
  const rooms: Room[] = [];
  for (const entry of body.rooms as unknown[]) {
    if (typeof entry !== 'object' || entry === null || !('id' in entry) || typeof entry.id !== 'string') return null;
    const handle = 'handle' in entry && typeof entry.handle === 'string' ? entry.handle : '';
    const source = 'source' in entry && typeof entry.source === 'string' ? entry.source : '';
    const disk = 'disk' in entry ? parseDisk(entry.disk) : null;
    const driftAlarms = 'driftAlarms' in entry && typeof entry.driftAlarms === 'number' ? entry.driftAlarms : 0;
    const sumsAgree = !('sumsAgree' in entry && entry.sumsAgree === false);
    rooms.push({ id: entry.id, handle, source, disk, sumsAgree, driftAlarms });
  }
  return rooms;
}

/** A page may be older than the broker that it asks. */
function parseDisk(disk: unknown): DiskDescription | null {
  const { state, retention } = (disk ?? {}) as Partial<DiskDescription>;
  const isKnown = diskStates.includes(state!) && retentionStates.includes(retention?.state as never);
  return isKnown ? (disk as DiskDescription) : null;
}
