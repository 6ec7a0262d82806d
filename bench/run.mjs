/**
 * `npm run bench`: see README.md beside this file.
 */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeBaseline } from './baseline.mjs';
import { Benchmark } from './benchmark.mjs';
import { endOnSignals, exitWith, say } from './ending.mjs';
import { describeMachine } from './machine.mjs';
import { endAll } from './processes/children.mjs';
import { chartsOf } from './report/charts.mjs';
import { profileSummary } from './report/profile-summary.mjs';
import { remarks } from './report/remarks.mjs';
import { report } from './report/report.mjs';
import { resultsFolder } from './results.mjs';
import { readSettings, USAGE } from './settings.mjs';
import { ROOT } from './subjects/subject.mjs';

async function main() {
  const settings = readSettings(process.argv.slice(2));
  if (settings.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const startedAt = new Date();
  const folder = resultsFolder(startedAt);
  const machine = describeMachine(ROOT);
  const outcome = await new Benchmark(settings, machine, folder, say).run();
  await endAll();

  const { databaseUrl, ...shownSettings } = settings;
  const result = {
    startedAt: startedAt.toISOString(),
    machine,
    settings: {
      ...shownSettings,
      main: relative(ROOT, settings.main),
      database: databaseUrl === undefined ? 'embedded' : 'given',
    },
    ...outcome,
    profiles: outcome.profiles.map((file) => relative(folder, file)),
    remarks: remarks(outcome.runs, outcome.mockMaximum, machine),
  };
  const text = report(settings, result);
  writeFileSync(join(folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(join(folder, 'report.md'), `${text}\n`);
  for (const [name, chart] of Object.entries(chartsOf(outcome))) writeFileSync(join(folder, name), chart);
  if (settings.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(`${text}\n\nRaw results and charts: ${relative(process.cwd(), folder)}\n`);
  for (const file of outcome.profiles) say(`\n${profileSummary(file)}`);
  const isGood =
    outcome.failure === undefined &&
    [...outcome.growth, ...outcome.workers].every(({ voids }) => voids.length === 0) &&
    outcome.runs.every((run) => !run.isVoid) &&
    outcome.slowStreams.every(({ clean, streams }) => clean === streams) &&
    outcome.usage?.exact !== false;
  if (settings.keepBaseline && isGood) writeBaseline(outcome.runs, machine);
  return isGood ? 0 : 1;
}

endOnSignals();
await exitWith(main);
