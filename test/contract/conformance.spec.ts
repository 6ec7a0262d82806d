import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect, it, onTestFinished } from 'vitest';
import { OPENAI_KINDS } from '../../src/providers/openai/openai.presets.js';
import { OpenAiAdapter } from '../../src/providers/openai/openai.adapter.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { SimulatorAdapter } from '../../src/providers/simulator/simulator.adapter.js';
import { UpstreamClient } from '../../src/upstream/upstream-client.js';
import { startGateway } from '../support/gateway.js';
import { type Connected, conformancePage } from './conformance.js';
import { DOUBLES } from './doubles.js';
import { Stage } from './stage.js';

const PAGE = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

it('every kind of provider that the gateway knows is tried, or passes the bytes of OpenAI’s dialect through', async () => {
  const gateway = await startGateway({ providers: [] });
  onTestFinished(() => gateway.close());
  const registry = gateway.app.get(ProviderRegistry, { strict: false });
  const unknown = { name: 'any', kind: 'none such', connectTimeout: 1_000, idleTimeout: 0 };
  const tried = [...new Set([...DOUBLES.map(({ kind }) => kind), ...OPENAI_KINDS, 'simulator'])];
  expect(() => registry.connect(unknown)).toThrow(`use one of: ${tried.sort().join(', ')}`);
});

it('docs/conformance.md says what the adapters declare', async () => {
  const providers: Connected[] = [];
  for (const double of DOUBLES) {
    const stage = await Stage.open(double);
    onTestFinished(() => stage.close());
    const { provider } = stage;
    // What is said of embeddings is tried.
    expect([double.kind, provider.embeddings !== undefined]).toEqual([double.kind, double.embeddings !== undefined]);
    providers.push({ kind: double.kind, provider, model: double.model });
  }
  const adapter = new OpenAiAdapter(new UpstreamClient());
  const settings = { baseUrl: 'https://service.example', connectTimeout: 1_000, idleTimeout: 0 };
  const isTried = (kind: string): boolean => DOUBLES.some((double) => double.kind === kind);
  const presets = OPENAI_KINDS.filter((kind) => !isTried(kind)).map((kind) => ({
    kind,
    provider: adapter.connect({ ...settings, name: kind, kind }),
  }));
  const simulator = { kind: 'simulator', provider: new SimulatorAdapter().connect() };
  const config = await resolveConfig(PAGE);
  const page = await format(conformancePage(providers, presets, simulator), { ...config, parser: 'markdown' });
  await expect(page).toMatchFileSnapshot(PAGE);
});
