import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, isOnPath, waitUntilReady } from '../processes/children.mjs';
import { MODELS } from '../requests.mjs';
import { installing, orMissing, PEERS, SubjectMissing } from './subject.mjs';

const VERSION = '1.108.7';
const FOLDER = join(PEERS, `litellm-${VERSION}`);
const PROGRAM = join(FOLDER, 'bin', 'litellm');
const KEY = 'sk-bench-litellm';

/**
 * LiteLLM's proxy from PyPI, with its master key and one worker, since it has one core. Its spend logs need a Postgres and
 * a query engine that no package brings, so it keeps no accounts here.
 * @param {import('./subject.mjs').Surroundings} surroundings
 * @returns {Promise<import('./subject.mjs').Subject>}
 */
export async function startLitellm({ port, mockPort, core }) {
  if (!existsSync(PROGRAM)) {
    if (!isOnPath('python3')) throw new SubjectMissing('there is no python3 to run it with');
    installing(`litellm ${VERSION}`, install);
  }
  const folder = mkdtempSync(join(tmpdir(), 'litellm-bench-'));
  const config = join(folder, 'litellm.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      model_list: [
        {
          model_name: MODELS.openai,
          litellm_params: {
            model: `openai/${MODELS.openai}`,
            api_base: `http://127.0.0.1:${mockPort}/v1`,
            api_key: 'sk-mock',
          },
        },
      ],
      litellm_settings: { telemetry: false },
      general_settings: { master_key: KEY },
    }),
  );
  const child = new Child('litellm', {
    command: PROGRAM,
    args: ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
    // Without the first it asks the network for prices while it starts.
    env: { LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', LITELLM_MODE: 'PRODUCTION' },
    cwd: folder,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
    core,
  });
  const origin = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${KEY}` };
  await orMissing(child, () => waitUntilReady(child, `${origin}/health/liveliness`, headers, 90_000));
  return { name: 'litellm', version: VERSION, child, origin, headers };
}

function install() {
  mkdirSync(PEERS, { recursive: true });
  execFileSync('python3', ['-m', 'venv', FOLDER], { stdio: 'pipe', timeout: 60_000 });
  const args = ['install', '--quiet', '--disable-pip-version-check', `litellm[proxy]==${VERSION}`];
  execFileSync(join(FOLDER, 'bin', 'pip'), args, { stdio: 'pipe', timeout: 600_000 });
}
