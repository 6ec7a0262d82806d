/**
 * `npm run bench:gate`: fails where a ratio has fallen by more than a tenth since `baseline.json` was written.
 */
import { betterOf, compareRatios, ratiosOf, readBaseline } from './baseline.mjs';
import { Benchmark } from './benchmark.mjs';
import { endOnSignals, exitWith, say } from './ending.mjs';
import { describeMachine } from './machine.mjs';
import { endAll } from './processes/children.mjs';
import { shown, table } from './report/table.mjs';
import { resultsFolder } from './results.mjs';
import { readSettings } from './settings.mjs';
import { ROOT } from './subjects/subject.mjs';

const TOLERANCE = 0.1;
const ARGUMENTS = ['--scenario', 'json,stream', '--subject', 'bare,nestgate,nestgate-off'];

/** @param {ReturnType<typeof readSettings>} settings @param {import('./machine.mjs').Machine} machine */
async function measure(settings, machine) {
  const { runs, failure } = await new Benchmark(settings, machine, resultsFolder(new Date()), say).run();
  await endAll();
  if (failure !== undefined) throw new Error(failure);
  return ratiosOf(runs);
}

async function main() {
  const baseline = readBaseline();
  if (baseline === undefined) throw new Error('There is no bench/baseline.json: npm run bench -- --keep-baseline');
  const settings = readSettings([...ARGUMENTS, ...process.argv.slice(2)]);
  const machine = describeMachine(ROOT);
  let measured = await measure(settings, machine);
  let compared = compareRatios(baseline.ratios, measured, TOLERANCE);
  if (compared.some(({ isFall }) => isFall)) {
    say('A ratio has fallen; once more, since machines are noisy.');
    measured = betterOf(measured, await measure(settings, machine));
    compared = compareRatios(baseline.ratios, measured, TOLERANCE);
  }
  const rows = compared.map(({ name, stored, measured: now, isFall }) => [
    name,
    shown(stored, 3),
    shown(now, 3),
    now === undefined ? '-' : `${((now / stored - 1) * 100).toFixed(1)} %`,
    isFall ? 'FALLEN' : 'good',
  ]);
  process.stdout.write(`${table(['ratio', 'baseline', 'now', 'change', ''], rows)}\n`);
  if (machine.cpu !== baseline.cpu || machine.node !== baseline.node) {
    process.stdout.write(
      `The baseline is of another machine (${baseline.cpu}, Node ${baseline.node}): ratios carry over, but roughly.\n`,
    );
  }
  return compared.some(({ isFall }) => isFall) ? 1 : 0;
}

endOnSignals();
await exitWith(main);
