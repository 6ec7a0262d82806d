// Runs the tests of test/fuzz for long. How often each property is tried: the first argument, 20,000 without one.
import { spawnSync } from 'node:child_process';

const runs = process.argv[2] ?? '20000';
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/fuzz'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: runs },
});
process.exit(status ?? 1);
