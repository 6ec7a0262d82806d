import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, isOnPath, waitUntilReady } from '../processes/children.mjs';
import { MODELS } from '../requests.mjs';
import { installing, orMissing, PEERS, SubjectMissing } from './subject.mjs';

const MODULE = 'github.com/maximhq/bifrost/transports/bifrost-http';
const FOLDER = join(PEERS, 'bifrost');
const PROGRAM = join(FOLDER, 'bifrost-http');

/**
 * Bifrost, where Go can fetch and build it. It knows models by `<provider>/<model>`.
 * @param {import('./subject.mjs').Surroundings} surroundings
 * @returns {Promise<import('./subject.mjs').Subject>}
 * @see https://docs.getbifrost.ai/deployment-guides/config-json
 */
export async function startBifrost({ port, mockPort, core }) {
  if (!existsSync(PROGRAM)) {
    if (!isOnPath('go')) throw new SubjectMissing('there is no go to build it with');
    installing('Bifrost', () =>
      execFileSync('go', ['install', `${MODULE}@latest`], {
        stdio: 'pipe',
        timeout: 600_000,
        env: { ...process.env, GOBIN: FOLDER },
      }),
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'bifrost-bench-'));
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      providers: {
        openai: {
          keys: [{ name: 'mock', value: 'sk-mock', models: [MODELS.openai], weight: 1 }],
          network_config: { base_url: `http://127.0.0.1:${mockPort}` },
        },
      },
      config_store: { enabled: false },
    }),
  );
  const args = ['-app-dir', folder, '-host', '127.0.0.1', '-port', String(port), '-log-level', 'error'];
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  const child = new Child('bifrost', { command: PROGRAM, args, cwd: folder, cleanUp, core });
  const origin = `http://127.0.0.1:${port}`;
  await orMissing(child, () => waitUntilReady(child, `${origin}/health`, {}, 30_000));
  return { name: 'bifrost', version: 'latest', child, origin, headers: {}, modelPrefix: 'openai/' };
}
