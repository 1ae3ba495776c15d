// `npm run torture -- --kills N | --power [N] | --disk-full | --stall | --chaos SECONDS [--seed S]`: what a broker's
// log must survive, done to it. docs/DURABILITY.md says what each proves. Ends with 1 when a promise was broken.

import { parseArgs } from 'node:util';
import { fillAndClear, torturedByFullDisk, torturedByStalls } from './torture/disk.ts';
import { torturedByChaos } from './torture/chaos.ts';
import { killedBrokers } from './torture/broker-kills.ts';
import { torturedByKills } from './torture/kills.ts';
import { torturedByPower } from './torture/power.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    log: { type: 'boolean', default: false },
    power: { type: 'boolean' },
    seeds: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    'disk-full': { type: 'boolean' },
    'disk-full-inside': { type: 'string' },
    stall: { type: 'boolean' },
    chaos: { type: 'string' },
  },
});

let broken = false;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell(ok: boolean, lines: readonly string[]): void {
  for (const line of lines) say(line);
  if (!ok) broken = true;
}

if (values.kills !== undefined && !values.log) {
  const report = await killedBrokers(Number(values.kills), Number(values.seed), say);
  const { kills, seenButLost, acceptedButLost, boardDifferences, resumed, events, accepted, problems } = report;
  const load = `  ${events} events, ${accepted} acknowledged chat messages looked up, ${resumed} dashboards resumed`;
  const lost = `seen-but-lost ${seenButLost} · accepted-but-lost ${acceptedButLost}`;
  tell(problems.length === 0, [...problems, load, `kills ${kills} · ${lost} · board differences ${boardDifferences}`]);
}
if (values.kills !== undefined && values.log) {
  const report = await torturedByKills(Number(values.kills), Number(values.seed), say);
  const { kills, seenButLost, boardDifferences, epochsBroken, events, problems } = report;
  const summary = `kills ${kills} · seen-but-lost ${seenButLost} · epochs broken ${epochsBroken}`;
  tell(problems.length === 0, [...problems, `${summary} · board differences ${boardDifferences} · events ${events}`]);
}
if (values.power === true) {
  const { lives, cuts, problems, blind } = torturedByPower(Number(values.seeds));
  const negative = blind === 0 ? 'lying syncs were always found out' : `lying syncs went unnoticed ${blind} times`;
  const summary = `lives ${lives} · power cuts ${cuts} · promises broken ${problems.length} · ${negative}`;
  tell(problems.length === 0 && blind === 0, [...problems.slice(0, 20), summary]);
}
if (values['disk-full'] === true) {
  const { ok, lines } = torturedByFullDisk();
  tell(ok, lines);
}
if (values['disk-full-inside'] !== undefined) {
  const { ok, lines } = await fillAndClear(values['disk-full-inside']);
  tell(ok, lines);
}
if (values.stall === true) {
  const { ok, lines } = await torturedByStalls(2000);
  tell(ok, lines);
}
if (values.chaos !== undefined) {
  const report = await torturedByChaos(Number(values.chaos), Number(values.seed));
  const { seconds, events, connections, resumed, snapshots, gaps, missing, problems } = report;
  const load = `  ${connections} connections, ${resumed} resumed, ${snapshots} snapshots; faults: ${report.faults}`;
  const summary = `chaos ${seconds} s · events ${events} · gaps ${gaps}, ${missing} chat messages in them`;
  tell(problems.length === 0, [...problems.slice(0, 20), load, `${summary} · problems ${problems.length}`]);
}
if (broken) process.exitCode = 1;
