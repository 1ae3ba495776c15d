import type { DatabaseSync } from 'node:sqlite';
import { MeksError } from '../../protocol/errors.ts';

// The tables of the history, as the steps that lead to them. A step that was released is never changed: a new one is
// added. The database's `user_version` says how many steps it has seen.
//
// All times are Unix ms by upstream's clock, or by the log's where upstream did not say. Positions are seqs of the
// room.

const first = `
CREATE TABLE room (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  handle TEXT NOT NULL
);

-- Where the import stands, newest last: the view at that position is what the next event is applied to. Older rows
-- are there to go back to, should the log turn out to have lost its end.
CREATE TABLE import_state (
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  epoch TEXT NOT NULL,
  crc INTEGER NOT NULL,
  session INTEGER NOT NULL,
  view TEXT NOT NULL,
  PRIMARY KEY (room, seq)
) WITHOUT ROWID;

CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  upstream TEXT NOT NULL UNIQUE,
  handle TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL,
  avatar TEXT NOT NULL
);
CREATE INDEX person_handle ON person (handle);

CREATE TABLE gift (
  id INTEGER PRIMARY KEY,
  upstream TEXT NOT NULL,
  name TEXT NOT NULL,
  price INTEGER NOT NULL,
  UNIQUE (upstream, name, price)
);

CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  room INTEGER NOT NULL,
  start_seq INTEGER NOT NULL,
  end_seq INTEGER NOT NULL,
  live TEXT NOT NULL,
  start_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  diamonds INTEGER NOT NULL,
  gifts INTEGER NOT NULL,
  gifters INTEGER NOT NULL,
  likes INTEGER NOT NULL,
  follows INTEGER NOT NULL,
  shares INTEGER NOT NULL,
  chats INTEGER NOT NULL,
  viewers_peak INTEGER NOT NULL,
  viewers_total INTEGER NOT NULL,
  gaps INTEGER NOT NULL,
  gap_ms INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  UNIQUE (room, start_seq)
);

CREATE TABLE battle (
  id INTEGER PRIMARY KEY,
  room INTEGER NOT NULL,
  session INTEGER NOT NULL,
  upstream TEXT NOT NULL,
  start_seq INTEGER NOT NULL,
  end_seq INTEGER NOT NULL,
  start_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  phase TEXT NOT NULL,
  complete INTEGER NOT NULL,
  state TEXT NOT NULL,
  UNIQUE (session, upstream)
);

CREATE TABLE battle_side (
  id INTEGER PRIMARY KEY,
  battle INTEGER NOT NULL,
  upstream TEXT NOT NULL,
  UNIQUE (battle, upstream)
);

-- Every change of a board: a gift, a correction's taking (part 0) and giving (part 1). Diamonds on the session board
-- are the sum of a person's entries; "who got there first" is the seq of the last one.
CREATE TABLE entry (
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  part INTEGER NOT NULL,
  session INTEGER NOT NULL,
  person INTEGER NOT NULL,
  diamonds INTEGER NOT NULL,
  gift INTEGER,
  count INTEGER NOT NULL,
  receiver TEXT NOT NULL,
  side INTEGER,
  side_diamonds INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (room, seq, part)
) WITHOUT ROWID;

-- Boards as they were, now and then, so that one at any position needs few entries. \`rows\`: see board-rows.ts.
CREATE TABLE checkpoint (
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  rows BLOB NOT NULL,
  PRIMARY KEY (session, seq)
);

CREATE TABLE session_gifter (
  session INTEGER NOT NULL,
  person INTEGER NOT NULL,
  diamonds INTEGER NOT NULL,
  gifts INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (session, person)
) WITHOUT ROWID;
CREATE INDEX session_gifter_person ON session_gifter (person);

CREATE TABLE correction (
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  session INTEGER NOT NULL,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  person INTEGER NOT NULL,
  target INTEGER,
  diamonds INTEGER NOT NULL,
  applied INTEGER NOT NULL,
  reason TEXT NOT NULL,
  by TEXT NOT NULL,
  side INTEGER,
  PRIMARY KEY (room, seq)
) WITHOUT ROWID;

-- Something may be missing here: told by the feed, or lost by the log itself (reason 'log').
CREATE TABLE gap (
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  session INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  length_ms INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  PRIMARY KEY (room, seq)
) WITHOUT ROWID;

-- Ten seconds of a session: what charts are drawn from. Points are those of the battle's first two sides; -1 = none.
CREATE TABLE pulse (
  session INTEGER NOT NULL,
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  events INTEGER NOT NULL,
  gifts INTEGER NOT NULL,
  diamonds INTEGER NOT NULL,
  viewers INTEGER NOT NULL,
  own_points INTEGER NOT NULL,
  rival_points INTEGER NOT NULL,
  PRIMARY KEY (session, at)
) WITHOUT ROWID;
`;

/**
 * When somebody gave first, and what they gave in a room over all sessions: the first page of a room's gifters without
 * adding up all of them.
 */
const second = `
ALTER TABLE session_gifter ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;
UPDATE session_gifter SET first_at = given.first_at
  FROM (SELECT session, person, min(at) AS first_at FROM entry WHERE part < 10 GROUP BY session, person) AS given
  WHERE given.session = session_gifter.session AND given.person = session_gifter.person;

CREATE TABLE room_gifter (
  room INTEGER NOT NULL,
  person INTEGER NOT NULL,
  diamonds INTEGER NOT NULL,
  gifts INTEGER NOT NULL,
  sessions INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (room, person)
) WITHOUT ROWID;
INSERT INTO room_gifter
  SELECT session.room, person, sum(g.diamonds), sum(g.gifts), count(*), min(first_at), max(last_at)
  FROM session_gifter AS g JOIN session ON session.id = g.session GROUP BY session.room, person;
CREATE INDEX room_gifter_place ON room_gifter (room, diamonds DESC, last_at DESC, person);
`;

/** Corrections by the name that operators know them by, and what each added to its session's total. */
const third = `
ALTER TABLE correction ADD COLUMN event TEXT NOT NULL DEFAULT '';
ALTER TABLE correction ADD COLUMN undoes TEXT NOT NULL DEFAULT '';
ALTER TABLE correction ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
UPDATE correction SET change = CASE action WHEN 'add' THEN applied WHEN 'void' THEN -applied ELSE 0 END;
CREATE INDEX correction_undoes ON correction (room, undoes) WHERE undoes <> '';
`;

/** What operators changed of what they share, alerts among it: one row an event, `change` as it was broadcast. */
const fourth = `
CREATE TABLE operator_change (
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  session INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  by TEXT NOT NULL,
  list TEXT NOT NULL,
  undoes TEXT NOT NULL,
  change TEXT NOT NULL,
  PRIMARY KEY (room, seq)
) WITHOUT ROWID;
`;

/**
 * Where each ten seconds began to arrive, which no late event changes: positions of times. For what was written
 * before, where those before it ended.
 */
const fifth = `
ALTER TABLE pulse ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 0;
UPDATE pulse SET first_seq = min(pulse.seq,
    coalesce(earlier.seq + 1, (SELECT start_seq FROM session WHERE id = pulse.session), 1))
  FROM (SELECT session, at, max(seq) OVER (PARTITION BY session ORDER BY at
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS seq FROM pulse) AS earlier
  WHERE earlier.session = pulse.session AND earlier.at = pulse.at;
`;

/** Only the newest session of a room can go on. Of one before it that never ended, the end was not seen. */
const sixth = `
UPDATE session SET status = 'unknown' WHERE status IN ('live', 'paused')
  AND EXISTS (SELECT 1 FROM session AS later WHERE later.room = session.room AND later.start_seq > session.start_seq);
`;

/** One step each; index + 1 is the version that it leads to. */
const steps: readonly string[] = [first, second, third, fourth, fifth, sixth];

export const schemaVersion = steps.length;

/** How many steps a database has seen. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/**
 * Brings a database to the present version, or to the one given. Throws MeksError MEKS_HISTORY_NEWER for one that is
 * beyond the present.
 */
export function migrate(database: DatabaseSync, path: string, to = schemaVersion): void {
  const version = versionOf(database);
  if (version > schemaVersion) throw newerHistory(path, version);
  for (let step = version; step < to; step++) {
    database.exec(`BEGIN IMMEDIATE; ${steps[step]} PRAGMA user_version = ${step + 1}; COMMIT`);
  }
}

export function newerHistory(path: string, version: number): MeksError {
  return new MeksError(
    'MEKS_HISTORY_NEWER',
    `${path} is a history of version ${version}, this MEKS knows up to ${schemaVersion}: use the newer one, or remove the file, and it is built again from the log`,
  );
}
