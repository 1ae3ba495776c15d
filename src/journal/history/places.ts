import { realDisk } from '../real-disk.ts';
import { logDirectory } from '../segment.ts';
import type { LogPlace } from './log-events.ts';

/** Where the logs of rooms are, below a data directory. */
export function placesIn(dataDirectory: string): (room: string) => LogPlace {
  return (room) => ({ disk: realDisk, directory: logDirectory(dataDirectory, room) });
}
