import { type ProviderFeature, type ProviderLimit, type ProviderLimits } from '../../src/providers/provider-limits.js';
import { type Provider } from '../../src/providers/provider-adapter.interface.js';
import { CHAT_CASES } from './cases.js';
import { EMBEDDING_CASES } from './embedding-cases.js';

/** A provider as its adapter has connected it. */
export interface Connected {
  readonly kind: string;
  readonly provider: Provider;
  /** Which the suite asks. */
  readonly model?: string;
}

type Operation = Exclude<keyof Provider, 'limits'>;

const OPERATIONS: Readonly<Record<Operation, string>> = {
  chat: 'chat completions',
  completions: 'text completions',
  embeddings: 'embeddings',
  moderations: 'moderations',
  rerank: 'rerank',
  images: 'image generation',
  imageEdits: 'image edits',
  speech: 'speech',
  transcriptions: 'transcriptions',
  translations: 'translations',
  listModels: 'list of its models',
};

const EFFECTS: Readonly<Record<ProviderLimit['effect'], string>> = {
  changed: 'changed',
  'left out': 'left out',
  refused: 'refused',
  absent: '–',
};

/**
 * docs/conformance.md.
 * @param providers with a dialect of their own, one for each.
 * @param presets services of OpenAI's dialect.
 */
export function conformancePage(
  providers: readonly Connected[],
  presets: readonly Connected[],
  simulator: Connected,
): string {
  return [
    '# Conformance',
    INTRODUCTION,
    '## Operations',
    operationsTable([...providers, simulator]),
    'Services of OpenAI’s dialect get the client’s bytes as they came, and so carry in chats what the service itself takes. They differ in what they have beside chats. Where only the operator knows the service (`openai-compatible`, `llamacpp`, `vllm`) everything is passed on.',
    operationsTable(presets),
    '## Chat completions',
    `Where the models of one provider differ, a cell holds for the one that the suite asks: ${modelsOf(providers)}.`,
    featureTable(CHAT_CASES, providers),
    '## Embeddings',
    featureTable(
      EMBEDDING_CASES,
      providers.filter(({ provider }) => provider.embeddings !== undefined),
    ),
    '## Why',
    ...providers.flatMap(reasons),
    '## The simulator',
    'It stands in none of the tables of parameters: it makes nothing of what it is sent, and answers with what it is told to. Parameters that change nothing are left out, as everywhere.',
    '',
  ].join('\n\n');
}

const INTRODUCTION = `What each provider carries of OpenAI’s API, and what it does not.

This page is made by the contract suite, \`test/contract\`. The suite sends every row of it through the whole gateway to each provider, whole and streamed, with the provider played by a double that was written from its documentation. What an adapter declares as a limit must be one, and whatever it does not declare must arrive; the page is written from the declarations, and a test compares the two. After a change: \`npx vitest run test/contract/conformance.spec.ts -u\`.

| cell     | meaning                                                                                                                                                                                                          |
| -------- | ---------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------- |
| ✓        | It is carried. Whether a model does anything with it is another matter.                                                                                                                                            |
| changed  | It is carried in another way, or stays with the gateway: see [why](#why).                                                                                                                                          |
| left out | The provider has nothing for it. It is left out, and the header \`x-nestgate-warnings\` names it; with \`x-nestgate-parameters: strict\` the request is refused, with \`drop\` nothing is said. See [operate.md](operate.md#parameters-that-a-provider-has-nothing-for). |
| refused  | The answer would not be what was asked for: status 400, \`unsupported_parameter\`.                                                                                                                                 |
| –        | The provider does not have it.                                                                                                                                                                                     |`;

function operationsTable(providers: readonly Connected[]): string {
  const rows = Object.entries(OPERATIONS).map(([operation, title]) => [
    title,
    ...providers.map(({ provider }) => (provider[operation as Operation] === undefined ? '–' : '✓')),
  ]);
  return table(['', ...providers.map(({ kind }) => code(kind))], rows);
}

interface Row {
  readonly feature: ProviderFeature;
  readonly title: string;
}

function featureTable(cases: readonly Row[], providers: readonly Connected[]): string {
  const rows = cases.map(({ feature, title }) => [title, ...providers.map(({ provider }) => cell(provider, feature))]);
  return table(['', ...providers.map(({ kind }) => code(kind))], rows);
}

function cell({ limits }: Provider, feature: ProviderFeature): string {
  const limit = limits?.[feature];
  return limit === undefined ? '✓' : EFFECTS[limit.effect];
}

function reasons({ kind, provider }: Connected): string[] {
  const limits: ProviderLimits = provider.limits ?? {};
  const rows = [...CHAT_CASES, ...EMBEDDING_CASES].flatMap(({ feature, title }) => {
    const limit = limits[feature];
    const group = feature.startsWith('embeddings.') ? `embeddings: ${title}` : title;
    return limit === undefined ? [] : [[group, EFFECTS[limit.effect], limit.reason]];
  });
  return rows.length === 0 ? [] : [`### ${code(kind)}`, table(['', '', ''], rows)];
}

const modelsOf = (providers: readonly Connected[]): string =>
  providers.flatMap(({ kind, model }) => (model === undefined ? [] : [`${code(model)} of ${code(kind)}`])).join(', ');

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
