import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/base/random.ts';
import { segmentHeaderBytes } from '../../src/journal/segment.ts';
import { until } from '../../test/support/until.ts';
import { Board } from './board.ts';
import { Victim } from './victim.ts';

// SIGKILL at random moments: while starting, recovering, writing, rotating, making snapshots, removing segments.
// After each, the next life must have every event that anybody was told of, the epoch must go on, and the board must
// equal a recount.

export interface KillReport {
  readonly kills: number;
  readonly seenButLost: number;
  readonly boardDifferences: number;
  readonly epochsBroken: number;
  readonly events: number;
  readonly problems: readonly string[];
}

/** `sabotage`: after each kill the log loses the end of what was seen. The check must notice. */
export async function torturedByKills(
  kills: number,
  seed: number,
  say: (line: string) => void,
  sabotage = false,
): Promise<KillReport> {
  const random = seededRandom(seed);
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-torture-'));
  const recount = new Board();
  const problems: string[] = [];
  let seen = 0;
  let epoch = '';
  let seenButLost = 0;
  let boardDifferences = 0;
  let epochsBroken = 0;
  for (let life = 0; life <= kills; life++) {
    const sync = random.pick(['os', 'interval:20', 'always']);
    const victim = new Victim({ dataDirectory, sync });
    // One in five dies before it has said a word; the last life only has to come up.
    if (life === kills || random.chance(0.8))
      await until('the victim has recovered', () => victim.recovered !== null, 60_000);
    await sleep(random.int(400));
    // However slow the machine is: a log of which nothing was seen has nothing to lose.
    if (sabotage && life < kills)
      await until('something was seen', () => victim.seenSeq > (victim.recovered?.lastSeq ?? 0), 60_000);
    await victim.end('SIGKILL');
    if (sabotage) forget(`${dataDirectory}/rooms/1/log`, victim.seenSeq);
    const { recovered } = victim;
    if (recovered !== null) {
      const { lastSeq } = recovered;
      const problem = (text: string): unknown => problems.push(`life ${life} (${sync}): ${text}`);
      if (lastSeq < seen) {
        seenButLost += seen - lastSeq;
        problem(`seq ${seen} had been seen, the log ends at ${lastSeq}`);
      }
      if (epoch !== '' && recovered.epoch !== epoch) {
        epochsBroken++;
        problem(`a new epoch: ${recovered.reason}`);
      }
      while (recount.seq < lastSeq) recount.apply(recount.seq + 1);
      if (recount.seq === lastSeq && recount.fingerprint() !== recovered.board) {
        boardDifferences++;
        problem(`the board at ${lastSeq} is not what its events make`);
      }
      if (recovered.wrong + recovered.holes > 0)
        problem(`${recovered.wrong} events changed, ${recovered.holes} missing`);
      ({ epoch } = recovered);
    }
    if (victim.stderr !== '') problems.push(`life ${life} (${sync}) said: ${victim.stderr.trim()}`);
    seen = Math.max(seen, victim.seenSeq, recovered?.lastSeq ?? 0);
    if (life % 25 === 24) say(`  ${life + 1} kills, ${seen} events`);
  }
  rmSync(dataDirectory, { recursive: true });
  return { kills, seenButLost, boardDifferences, epochsBroken, events: seen, problems };
}

/** Takes the segment that holds event `seq` off behind its header, and all that come after it. */
function forget(directory: string, seq: number): void {
  const names = readdirSync(directory).filter((name) => name.startsWith('segment-'));
  const firstSeqOf = (name: string): number => Number(/\d+/.exec(name)![0]);
  const held = Math.max(...names.map(firstSeqOf).filter((firstSeq) => firstSeq <= seq));
  for (const name of names) {
    if (firstSeqOf(name) === held) truncateSync(`${directory}/${name}`, segmentHeaderBytes);
    else if (firstSeqOf(name) > held) rmSync(`${directory}/${name}`);
  }
}
