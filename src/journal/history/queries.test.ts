import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HistoryDatabase } from './database.ts';
import { HistoryQueries } from './queries.ts';

test('gifters are found by their names in capital and in small letters, in every alphabet', () => {
  const database = HistoryDatabase.openToWrite(':memory:');
  database.run("INSERT INTO room VALUES (1, 'evening', 'solene')");
  const names = ['Özge ÖZ', 'Анна', 'ΣΟΦΙΑ', 'plain'];
  for (const [id, name] of names.entries()) {
    database.run('INSERT INTO person VALUES (?, ?, ?, ?, ?)', [id, `id-${id}`, `handle.${id}`, name, '']);
    database.run('INSERT INTO room_gifter VALUES (1, ?, 1, 1, 1, 0, 0)', [id]);
  }
  const queries = new HistoryQueries(database);
  const found = names.map((name) =>
    [name, name.toLowerCase(), name.toUpperCase()].map((search) =>
      queries.gifters({ room: 'evening', search })!.map(({ user }) => user.name),
    ),
  );
  database.close();
  assert.deepEqual(
    found,
    names.map((name) => [[name], [name], [name]]),
  );
});
