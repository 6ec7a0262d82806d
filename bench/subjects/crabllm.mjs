import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, isOnPath, waitUntilReady } from '../processes/children.mjs';
import { MODELS } from '../requests.mjs';
import { installing, orMissing, PEERS, SubjectMissing } from './subject.mjs';

const VERSION = '0.0.25';
const FOLDER = join(PEERS, `crabllm-${VERSION}`);
const PROGRAM = join(FOLDER, 'bin', 'crabllm');
const KEY = 'sk-bench-crabllm';

/**
 * crabllm, from crates.io and built here (some minutes). Its keys, rate limit, budget and usage are switched on; it keeps
 * them in memory.
 * @param {import('./subject.mjs').Surroundings} surroundings
 * @returns {Promise<import('./subject.mjs').Subject>}
 */
export async function startCrabllm({ port, mockPort, core }) {
  if (!existsSync(PROGRAM)) {
    if (!isOnPath('cargo')) throw new SubjectMissing('there is no cargo to build it with');
    installing(`crabllm ${VERSION}`, install);
  }
  const folder = mkdtempSync(join(tmpdir(), 'crabllm-bench-'));
  const config = join(folder, 'crabllm.toml');
  writeFileSync(
    config,
    `listen = "127.0.0.1:${port}"
openapi = false

[[keys]]
name = "bench"
key = "${KEY}"
models = ["*"]

[providers.mock]
kind = "openai"
api_key = "sk-mock"
base_url = "http://127.0.0.1:${mockPort}/v1"
models = ["${MODELS.openai}"]

[extensions]
rate_limit = { requests_per_minute = 100000000, tokens_per_minute = 1000000000 }
usage = {}
budget = { default_budget = 1000000.0 }
`,
  );
  const child = new Child('crabllm', {
    command: PROGRAM,
    args: ['serve', '--config', config],
    env: { RUST_LOG: 'error' },
    cwd: folder,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
    core,
  });
  const origin = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${KEY}` };
  await orMissing(child, () => waitUntilReady(child, `${origin}/v1/models`, headers, 30_000));
  return { name: 'crabllm', version: VERSION, child, origin, headers };
}

function install() {
  const args = ['install', 'crabllm', '--version', VERSION, '--locked', '--root', FOLDER];
  execFileSync('cargo', args, { stdio: 'pipe', timeout: 900_000 });
}
