import { SCENARIOS } from '../scenarios.mjs';
import { ladderTable, ratesOf } from './ladder.mjs';
import { errorStormTable, growthTable, memoryTable, slowStreamsTable, workersTable } from './measures.mjs';
import { throughputTable } from './throughput.mjs';

/**
 * The whole report, as Markdown.
 * @param {import('../settings.mjs').Settings} settings
 * @param {import('../benchmark.mjs').Outcome & { machine: import('../machine.mjs').Machine, remarks: readonly string[] }} result
 */
export function report(settings, result) {
  const { machine, runs, subjects, skipped, usage, remarks, growth, workers, failure } = result;
  const generator = settings.generator === 'own' || machine.wrk === null ? 'own generator' : machine.wrk;
  const parts = [`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.system}, ${generator}`];
  for (const scenario of SCENARIOS.filter(({ name }) => settings.scenarios.includes(name))) {
    const lines = tableOf(scenario, settings, result);
    if (lines !== undefined) parts.push(`\n${scenario.name}: ${scenario.title}${lines.how}\n`, lines.table);
  }
  if (settings.subjects.length > subjects.length || skipped.length > 0) parts.push('');
  parts.push(...skipped.map((line) => `Skipped: ${line}`), '');
  for (const { round, scenario, subject, rate, load } of runs.filter((run) => run.isVoid)) {
    const pace = rate === undefined ? '' : ` at ${rate}/s`;
    parts.push(`VOID: ${scenario}${pace}, ${subject}, round ${round}: ${JSON.stringify(load.errors)}`);
  }
  for (const { what, voids } of growth) parts.push(...voids.map((line) => `VOID: growth of ${what}, ${line}`));
  for (const { voids } of workers) parts.push(...voids.map((line) => `VOID: workers, ${line}`));
  if (failure !== undefined) parts.push(`FAILED: ${failure}`);
  parts.push(...remarks);
  if (usage !== undefined) parts.push(`Usage records: ${usage.says}`);
  return parts.join('\n');
}

/**
 * @param {import('../scenarios.mjs').Scenario} scenario
 * @param {import('../settings.mjs').Settings} settings
 * @param {import('../benchmark.mjs').Outcome} outcome
 * @returns {{ how: string, table: string } | undefined} `undefined` where it was not measured
 */
function tableOf({ name, how, connections: own }, settings, outcome) {
  const { runs, subjects, slowStreams, errorStorms, memory, growth, workers } = outcome;
  const { rounds, seconds, connections, chunks } = settings;
  const measured = `median of ${rounds} × ${seconds} s`;
  switch (how) {
    case 'closed': {
      if (!runs.some((run) => run.scenario === name)) return undefined;
      const streams = name.endsWith('stream') ? `, ${chunks} chunks` : '';
      const many = own === undefined ? `, ${connections} connections` : '';
      return { how: `${streams}${many}; ${measured}`, table: throughputTable(name, runs, subjects) };
    }
    case 'open': {
      if (ratesOf(runs, name).length === 0) return undefined;
      const names = subjects.map(({ subject }) => subject);
      return { how: `; added: to the bare proxy; ${measured}`, table: ladderTable(name, runs, names) };
    }
    case 'slow-streams':
      return slowStreams.length === 0 ? undefined : { how: '', table: slowStreamsTable(slowStreams) };
    case 'error-storm':
      return errorStorms.length === 0 ? undefined : { how: '', table: errorStormTable(errorStorms) };
    case 'memory':
      return memory.length === 0 ? undefined : { how: ', garbage collected', table: memoryTable(memory) };
    case 'growth':
      return growth.length === 0 ? undefined : { how: `; ${measured}`, table: growthTable(growth) };
    default:
      return workers.length === 0 ? undefined : { how: `; ${measured}`, table: workersTable(workers) };
  }
}
