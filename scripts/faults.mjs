// Runs the tests of test/faults in their long form; with --pairs only every pair of faults at once.
import { spawnSync } from 'node:child_process';

const pairs = process.argv.includes('--pairs');
const files = pairs ? 'test/faults/pairs.spec.ts' : 'test/faults';
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', files], {
  stdio: 'inherit',
  env: { ...process.env, FAULTS: pairs ? 'pairs' : 'full' },
});
process.exit(status ?? 1);
