import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { fileUnwritable } from '../protocol/errors.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';

// The rooms that were added while running, kept over restarts: `rooms.json` in the data folder. Holds keys and tokens,
// so nobody else may read it. Written whole, beside the old one, and put in its place: a crash leaves one or the other.

export function roomsFileOf(dataDirectory: string): string {
  return path.join(dataDirectory, 'rooms.json');
}

/** Rejects with MEKS_FILE_UNWRITABLE; the old file is as it was then. One call at a time. */
export async function saveRoomsFile(file: string, rooms: readonly RoomDefinition[]): Promise<void> {
  const fresh = `${file}.new`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(fresh, 'w', 0o600);
    try {
      // Where a file was there already, its mode stays unless it is set.
      await handle.chmod(0o600);
      await handle.writeFile(`${JSON.stringify({ version: 1, rooms }, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    throw fileUnwritable(file, error, 'the rooms are as they were');
  }
}
