import {
  CHAT_PATH,
  chatBody,
  EMBEDDINGS_PATH,
  embeddingsBody,
  FAILING_MODEL,
  largeContextBody,
  LARGE_EMBEDDER,
  MODELS,
  nativeRequest,
  SLOW_MODEL,
  SMALL_EMBEDDER,
  toolsBody,
} from './requests.mjs';
import { isChat, isChatStream, isEmbeddings, isSomething, isToolCalls } from './checks/answers.mjs';

/**
 * @typedef {import('./subjects/subject.mjs').SubjectName} SubjectName
 * @typedef {{ chunks: number, includeUsage: boolean }} AskSettings
 * @typedef {{ path: string, body: string, expectDone: boolean, check: import('./checks/answers.mjs').Check }} Ask
 * @typedef {'closed' | 'open' | 'slow-streams' | 'error-storm' | 'memory' | 'growth' | 'workers'} How
 * @typedef {{
 *   name: string,
 *   title: string,
 *   how: How,
 *   takes: readonly SubjectName[],
 *   connections?: number,
 *   leastSeconds?: number,
 *   ask: (settings: AskSettings, isNative: boolean) => Ask,
 * }} Scenario
 *   `takes`: the subjects it is for; `connections`, `leastSeconds`: where it needs others
 *   than the rest;
 *   `ask`: `isNative` where nobody translates, so that the upstream's own dialect must be spoken
 */

/** @type {readonly SubjectName[]} */
const EVERYBODY = ['bare', 'nestgate', 'nestgate-off', 'portkey', 'litellm', 'crabllm', 'bifrost'];
/** @type {readonly SubjectName[]} */
const OURS = ['bare', 'nestgate'];

/** @param {boolean} stream @param {string} [model] @returns {Scenario['ask']} */
const chat =
  (stream, model = MODELS.openai) =>
  ({ chunks, includeUsage }) => ({
    path: CHAT_PATH,
    body: chatBody({ stream, includeUsage, model }),
    expectDone: stream,
    check: stream ? isChatStream(chunks) : isChat,
  });

/** @param {string} body @param {import('./checks/answers.mjs').Check} check @param {string} path @returns {Scenario['ask']} */
const whole =
  (body, check, path = CHAT_PATH) =>
  () => ({ path, body, expectDone: false, check });

/** @param {'anthropic' | 'gemini' | 'bedrock'} dialect @param {boolean} stream @returns {Scenario} */
function translated(dialect, stream) {
  const title = { anthropic: 'Anthropic', gemini: 'Gemini', bedrock: 'Bedrock' }[dialect];
  return {
    name: stream ? `${dialect}-stream` : dialect,
    title: `${title} upstream, ${stream ? 'streams' : 'JSON'}`,
    how: 'closed',
    takes: OURS,
    ask: (settings, isNative) =>
      isNative
        ? { ...nativeRequest(dialect, stream), expectDone: false, check: isSomething }
        : chat(stream, MODELS[dialect])(settings, false),
  };
}

/** In the order in which they are measured. @type {readonly Scenario[]} */
export const SCENARIOS = [
  { name: 'json', title: 'JSON', how: 'closed', takes: EVERYBODY, ask: chat(false) },
  { name: 'stream', title: 'streams', how: 'closed', takes: EVERYBODY, ask: chat(true) },
  {
    name: 'ladder',
    title: 'ladder of fixed rates, JSON',
    how: 'open',
    takes: ['bare', 'nestgate', 'nestgate-off'],
    ask: chat(false),
  },
  { name: 'ladder-stream', title: 'ladder of fixed rates, streams', how: 'open', takes: OURS, ask: chat(true) },
  {
    name: 'embeddings',
    title: '16 embeddings of 1,536 floats',
    how: 'closed',
    takes: OURS,
    ask: whole(embeddingsBody(SMALL_EMBEDDER, 16), isEmbeddings(16), EMBEDDINGS_PATH),
  },
  {
    name: 'embeddings-large',
    title: '2,048 embeddings of 1,536 floats, one connection',
    how: 'closed',
    takes: OURS,
    connections: 1,
    leastSeconds: 6,
    ask: whole(embeddingsBody(LARGE_EMBEDDER, 2_048), isEmbeddings(2_048), EMBEDDINGS_PATH),
  },
  {
    name: 'large-context',
    title: 'a context of 1 MB, 8 connections',
    how: 'closed',
    takes: OURS,
    connections: 8,
    ask: whole(largeContextBody(), isChat),
  },
  {
    name: 'tools',
    title: '50 messages with tools',
    how: 'closed',
    takes: OURS,
    ask: whole(toolsBody(), isToolCalls),
  },
  .../** @type {const} */ (['anthropic', 'gemini', 'bedrock']).flatMap((dialect) => [
    translated(dialect, false),
    translated(dialect, true),
  ]),
  {
    name: 'slow-streams',
    title: 'slow streams at once',
    how: 'slow-streams',
    takes: OURS,
    ask: chat(true, SLOW_MODEL),
  },
  {
    name: 'error-storm',
    title: 'an upstream that fails three times in four',
    how: 'error-storm',
    takes: OURS,
    ask: chat(false, FAILING_MODEL),
  },
  { name: 'memory', title: 'memory over many requests', how: 'memory', takes: ['nestgate'], ask: chat(false) },
  { name: 'growth', title: 'where there is more of everything', how: 'growth', takes: ['nestgate'], ask: chat(false) },
  {
    name: 'workers',
    title: 'two servers and two workers of one',
    how: 'workers',
    takes: ['nestgate'],
    ask: chat(false),
  },
];

/** @param {string} name @returns {Scenario} */
export function scenarioOf(name) {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`No scenario ${name}.`);
  return scenario;
}
