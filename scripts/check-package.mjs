// What others get: the packed package with its types, and the public API beside the report of it that is kept.
import { spawnSync } from 'node:child_process';

function run(name, args, remedy) {
  const { status } = spawnSync(process.execPath, [`node_modules/.bin/${name}`, ...args], { stdio: 'inherit' });
  if (status === 0) return;
  console.error(remedy);
  process.exit(1);
}

run('publint', ['run', '--strict'], 'The package.json does not fit what is packed.');
// CommonJS requires the package as what it is: Node does so since 20.19.
const types = [
  '--pack',
  '.',
  '--profile',
  'node16',
  '--ignore-rules',
  'cjs-resolves-to-esm',
  '--no-emoji',
  '--no-summary',
];
run('attw', [...types, '--format', 'ascii'], 'The types do not resolve as the code does.');
run('api-extractor', ['run'], 'The public API has changed. `npm run api-report` writes it down: look at the diff.');
