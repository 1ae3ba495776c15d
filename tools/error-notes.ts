import type { ErrorCode } from '../src/protocol/errors.ts';

// What docs/ERRORS.md says of each code: when it comes, and what to do. A code without its paragraph does not compile.

interface ErrorNote {
  readonly when: string;
  readonly remedy: string;
}

export const errorNotes: Readonly<Record<ErrorCode, ErrorNote>> = {
  MEKS_NODE_TOO_OLD: {
    when: 'Neither the Node that was started nor one that npm brought along is 24.12 or newer.',
    remedy: 'Type `npm install --include=optional` in the folder of MEKS, or install Node 24.12 or newer.',
  },
  MEKS_PORT_IN_USE: {
    when: 'Another program listens on the port; often another MEKS.',
    remedy: 'Stop it, or give another port with `--port` (`--port 0` takes any free one).',
  },
  MEKS_HOST_UNAVAILABLE: {
    when: 'The address of `--host` is not one of this machine.',
    remedy: 'Give one that is, 127.0.0.1 for this machine alone, or 0.0.0.0 for all of its networks.',
  },
  MEKS_FILE_UNREADABLE: {
    when: 'A file that was named does not exist, is not a file, or may not be read.',
    remedy: 'Correct the path or the permissions that the message names.',
  },
  MEKS_FILE_MALFORMED: {
    when: 'A file could be read but does not hold what it should; the message names the line where there is one.',
    remedy: 'Correct that line, or name the file that you meant.',
  },
  MEKS_FILE_UNWRITABLE: {
    when: 'A folder cannot be made or written, the disk is full, or a recording is there already.',
    remedy: 'Name a new folder on a disk with space that this user may write to.',
  },
  MEKS_PAGES_MISSING: {
    when: 'The pages have not been built; the stream and the API work without them.',
    remedy: 'Type `npm run build` in a checkout (`npm start` does it by itself).',
  },
  MEKS_BROKER_UNREACHABLE: {
    when: 'A command about a running broker found none at its address, or something that is no broker.',
    remedy: 'Start it, or give its address with `--url`.',
  },
  MEKS_OPTION_INVALID: {
    when: 'A command, option or argument is not understood, or out of its range. Exit code 2.',
    remedy: 'See `meks help COMMAND`; the message names the option, the value and what it may be.',
  },
  MEKS_CONFIG_INVALID: {
    when: 'A setting contradicts another, or is not allowed.',
    remedy: 'Change the setting that the message names.',
  },
  MEKS_ROOM_UNKNOWN: {
    when: 'No room of this broker has that id or handle.',
    remedy: '`GET /v1/rooms` lists what there is.',
  },
  MEKS_ROUTE_UNKNOWN: {
    when: 'There is nothing at that address.',
    remedy: 'docs/PROTOCOL.md lists the addresses.',
  },
  MEKS_BOARD_INVALID: {
    when: 'No board has that name, or more rows of it were asked for than there may be.',
    remedy: 'docs/BOARDS.md lists the names; the message says what is too much.',
  },
  MEKS_BOARDS_FULL: {
    when: "As many different boards of that room as there may be are on somebody's screen.",
    remedy: 'Subscribe to one that others show (the same scope, rows and neighbours are shared), or come back later.',
  },
  MEKS_BATTLE_UNKNOWN: {
    when: 'No room of this broker has that battle on display, or had it just before; or a correction names such a battle.',
    remedy: '`GET /v1/battles` lists those that there are; older ones are in the history.',
  },
  MEKS_POSITION_INVALID: {
    when: '`?since=` is not a position. (One that is well formed but too old is no error: a snapshot comes.)',
    remedy: 'Send `epoch:seq` as received, or leave it out.',
  },
  MEKS_SUBPROTOCOL_INVALID: {
    when: 'The WebSocket asks for subprotocols that do not include `meks.v1`.',
    remedy: 'Ask for `meks.v1`.',
  },
  MEKS_UPGRADE_REQUIRED: {
    when: 'A plain HTTP request came to the address of a stream.',
    remedy: 'Open it as a WebSocket; `/v1/rooms/:room/events` is the stream over plain HTTP.',
  },
  MEKS_HANDSHAKE_INVALID: {
    when: 'The WebSocket handshake is not one of RFC 6455.',
    remedy: 'Use a WebSocket library; something on the way may have changed the headers.',
  },
  MEKS_HOST_REFUSED: {
    when: 'The `Host` header names a machine that this broker does not serve: DNS rebinding looks like this.',
    remedy: 'Use the address that MEKS printed when it started, or allow the name (`--allow-host`).',
  },
  MEKS_ORIGIN_REFUSED: {
    when: 'A page from another site tried to use this broker.',
    remedy:
      'Open the page from the broker itself, or allow its origin (`--allow-origin`). A proxy has to pass `Host` as it came.',
  },
  MEKS_CONNECTIONS_FULL: {
    when: 'As many connections are open as are allowed.',
    remedy: 'Come back after the seconds in `Retry-After`.',
  },
  MEKS_REQUESTS_FULL: {
    when: 'As many requests wait for an answer as are allowed.',
    remedy: 'Come back after the seconds in `Retry-After`.',
  },
  MEKS_COLD_THREAD_DOWN: {
    when: 'The thread that answers everything but streams is being started again after a fault. Streams go on.',
    remedy: 'Come back in a moment; the log says what happened.',
  },
  MEKS_ANSWER_LATE: {
    when: 'An answer was not ready within its time.',
    remedy: 'Ask for less, or again later.',
  },
  MEKS_REQUEST_SLOW: {
    when: 'A request did not arrive whole within its time.',
    remedy: 'Send it again; look at the network between.',
  },
  MEKS_HEADERS_TOO_LARGE: {
    when: 'The request headers are larger than is allowed.',
    remedy: 'Send fewer or shorter headers; old cookies are a usual cause.',
  },
  MEKS_REQUEST_INVALID: {
    when: 'A request is not what its address expects; the message names the field.',
    remedy: 'Correct that field.',
  },
  MEKS_REQUEST_TOO_LARGE: {
    when: 'A request body is larger than `requestBytesMax`.',
    remedy: 'Send it in parts.',
  },
  MEKS_UNAUTHORIZED: {
    when: 'The request carries no right to what it asks for.',
    remedy: 'Send a token that has it.',
  },
  MEKS_ROOM_NOT_PUSHED: {
    when: 'Events were pushed to a room whose events come from elsewhere.',
    remedy: 'Push to a room that was made for it (`meks rooms add NAME --push`, `meks serve --push NAME`).',
  },
  MEKS_ROOM_BUSY: {
    when: 'The queue of a room is full with what its LIVE brings: nothing else is taken in between.',
    remedy: 'Come back after the seconds in `Retry-After`; what was run again already counts once.',
  },
  MEKS_MESSAGE_UNKNOWN: {
    when: 'There is no message of that id in the quarantine of the room.',
    remedy: '`meks quarantine list --room ROOM` shows what there is.',
  },
  MEKS_PUSH_BUSY: {
    when: 'As many pushed messages wait for the log as may, or the room is being stopped. Nothing is certain to be taken.',
    remedy: 'Push the same again after the seconds in `Retry-After`: what was taken is told as a duplicate.',
  },
  MEKS_INTERNAL: {
    when: 'A bug in MEKS. It was contained, counted and logged.',
    remedy: 'Report it with the log line.',
  },
  MEKS_JOURNAL_UNWRITABLE: {
    when: 'The log cannot be written: disk full, or permissions.',
    remedy: 'Free space or correct the permissions; the message names the file.',
  },
  MEKS_JOURNAL_TORN: {
    when: 'The log ends in the middle of a record, as a crash or a power cut leaves it. Everything before it was recovered.',
    remedy: 'Nothing has to be done; the message says how much was cut off.',
  },
  MEKS_JOURNAL_CORRUPT: {
    when: 'A record inside the log does not match its checksum: the disk or another program changed it.',
    remedy: 'Check the disk. The message names file and offset; move the folder away to start afresh.',
  },
  MEKS_HISTORY_NEWER: {
    when: 'The history database was written by a newer MEKS, whose tables this one does not know.',
    remedy: 'Use the newer MEKS, or remove the file that the message names: it is built again from the log.',
  },
  MEKS_HISTORY_LONGER: {
    when: 'The history knows events that retention has taken from the logs: building it again would lose them.',
    remedy: 'Keep it. If it is of no use any more, say so with `meks history rebuild --forget`.',
  },
  MEKS_HISTORY_OFF: {
    when: 'This broker keeps no logs, and so has no history.',
    remedy: 'Start it with `--data FOLDER`.',
  },
  MEKS_HISTORY_UNKNOWN: {
    when: 'The history knows no room, session, battle, side or gifter of that name.',
    remedy: '`GET /v1/rooms/{room}/sessions` lists the sessions; a new one is there within a second or two.',
  },
  MEKS_HISTORY_UNAVAILABLE: {
    when: 'The history is being made ready, or its thread is being started again.',
    remedy: 'Come back in a moment. If it stays so, the log of the broker says why. Dashboards are not affected.',
  },
  MEKS_HISTORY_BUSY: {
    when: 'As many questions or exports are under way as the history takes at once.',
    remedy: 'Come back when one has ended, or let `meks export` read the data folder.',
  },
  MEKS_HISTORY_LATE: {
    when: 'A question to the history took longer than it may.',
    remedy: 'Ask for less at once: a shorter range, fewer rows.',
  },
  MEKS_JOURNAL_UNREADABLE: {
    when: 'The disk does not give a part of the log back (a bad sector). Everything else was read; what the part held is a gap.',
    remedy:
      'Take a backup, look at the system log and replace the disk. The message names file and offset; the file stays as it is.',
  },
  MEKS_JOURNAL_LOCKED: {
    when: 'Another MEKS uses the same data folder.',
    remedy: 'Stop it, or give this one another folder with `--data`.',
  },
  MEKS_GIFTER_UNKNOWN: {
    when: 'A correction takes diamonds from somebody who has not been met in this room.',
    remedy: 'Name the gifter by user id, as the board and the events do; not by handle or name.',
  },
  MEKS_GIFT_UNKNOWN: {
    when: 'A correction names a gift that is not among the newest of this session (`giftsNamedMax`), or is none.',
    remedy: 'Correct its gifter by so many diamonds instead: `void` or `move` with the battle side, where it had one.',
  },
  MEKS_CORRECTION_UNKNOWN: {
    when: 'The correction to undo is not among the newest (`ledgerEntriesMax`), or never was.',
    remedy: 'Look at `GET /v1/rooms/<room>/corrections`; what is older is put right by a new correction.',
  },
  MEKS_CORRECTION_UNDONE: {
    when: 'The correction was undone before.',
    remedy: 'Nothing, where that was what you wanted; otherwise make the correction again.',
  },
  MEKS_CORRECTION_CLOSED: {
    when: 'The correction cannot be undone: it is an undo, it changed nothing, or its session is over.',
    remedy: 'Make a new correction that puts right what is wrong now.',
  },
  MEKS_CORRECTION_EMPTY: {
    when: 'A correction would change nothing: the gift is void already or counts there already, or both people are one.',
    remedy: 'Look at the ledger: somebody else may have been quicker.',
  },
  MEKS_OPERATOR_FULL: {
    when: 'One more pin, mute, note, goal or rule than a room has room for; the message names the limit.',
    remedy: 'Take one away that is no longer needed.',
  },
  MEKS_OPERATOR_SAME: {
    when: 'A change would change nothing: it is so already.',
    remedy: 'Nothing: another desk may have been quicker.',
  },
  MEKS_OPERATOR_CHANGED: {
    when: 'A change cannot be taken back: what it set is no longer what is there, or it was taken back before.',
    remedy: 'Set it as it should be.',
  },
  MEKS_OPERATOR_UNKNOWN: {
    when: 'The change to take back is not among the newest (`operatorUndoMax`), or there is none of that name.',
    remedy: 'Set it as it should be.',
  },
};
