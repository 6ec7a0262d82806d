import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../src/protocol/chat-completions.js';
import { toCohereRequest } from '../../src/providers/cohere/cohere.request.js';
import { loadPairs, recordingOf, recordingsAvailable, type PairMember } from '../support/recordings.js';

type Json = Record<string, unknown>;

interface Pair {
  readonly name: string;
  /** The request as a client of OpenAI's sent it. */
  readonly source: Json;
  /** The same conversation as a client of Cohere's sent it. */
  readonly native: Json;
}

const pairs = Object.entries(loadPairs()).flatMap(([scenario, members]): Pair[] => {
  const bodyOf = ({ file }: PairMember): Json => recordingOf(file.replace(/\.json$/, '')).request.body ?? {};
  return members
    .filter(({ api }) => api === 'cohere.v2.chat')
    .flatMap((native) =>
      members
        .filter(({ api, step }) => api === 'chat.completions' && step === native.step)
        .filter((source) => (bodyOf(source)['stream'] === true) === (bodyOf(native)['stream'] === true))
        .map((source) => ({
          name: `${scenario}, turn ${native.step}: ${source.file}`,
          source: bodyOf(source),
          native: bodyOf(native),
        })),
    );
});

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const messagesOf = (request: Json, role: string): Json[] =>
  list(request['messages']).filter((message) => message['role'] === role);
const callsOf = (request: Json): Json[] =>
  messagesOf(request, 'assistant').flatMap((message) => list(message['tool_calls']));

interface Sides {
  readonly ours: Json;
  readonly native: Json;
  readonly source: Json;
}

interface Difference {
  readonly reason: string;
  apply(sides: Sides): void;
}

/** Every difference that is meant, with its reason. */
const DIFFERENCES: Difference[] = [
  {
    reason: 'A text by itself is sent as a text, where the client of Cohere’s makes a block of it.',
    apply({ native }) {
      for (const message of list(native['messages'])) {
        const blocks = list(message['content']);
        const [block] = blocks;
        if (blocks.length === 1 && block?.['type'] === 'text') message['content'] = block['text'];
      }
    },
  },
  {
    reason: 'The client of Cohere’s sends an empty text beside tool calls.',
    apply({ native, ours }) {
      for (const request of [native, ours]) {
        for (const message of messagesOf(request, 'assistant')) {
          if (message['tool_calls'] !== undefined && message['content'] === '') delete message['content'];
        }
      }
    },
  },
  {
    reason: 'The answers differ, and what each model said before stands in the next request.',
    apply({ native, ours }) {
      const [mine, theirs] = [messagesOf(ours, 'assistant'), messagesOf(native, 'assistant')];
      for (const [place, message] of mine.entries()) {
        const other = theirs[place];
        if (typeof message['content'] !== 'string' || typeof other?.['content'] !== 'string') continue;
        if (message['content'] !== other['content']) other['content'] = message['content'];
      }
    },
  },
  {
    reason: 'Each provider made its own ids of calls, and its own order.',
    apply({ native, ours }) {
      const key = (call: Json): string => JSON.stringify(call['function']);
      const ids = new Map(callsOf(native).map((call) => [call['id'], key(call)]));
      const own = new Map(callsOf(ours).map((call) => [call['id'], key(call)]));
      for (const [request, known] of [[native, ids] as const, [ours, own] as const]) {
        for (const call of callsOf(request)) call['id'] = known.get(call['id']);
        for (const message of messagesOf(request, 'tool')) message['tool_call_id'] = known.get(message['tool_call_id']);
      }
    },
  },
  {
    reason: 'The client library writes a `strict` into the schemas of tools for all but Cohere.',
    apply({ ours }) {
      for (const tool of list(ours['tools'])) delete ((tool['function'] as Json)['parameters'] as Json)['strict'];
    },
  },
];

function translate({ source, native }: Pair): Json {
  const request = toCohereRequest(source as ChatCompletionRequest, {
    upstreamModel: String(native['model']),
    streaming: source['stream'] === true,
    unsupported: () => undefined,
  });
  return JSON.parse(JSON.stringify(request)) as Json;
}

/** Takes away what is meant to differ. @returns what is left of both, and which differences were there. */
function reconcile(pair: Pair, ours: Json): { ours: Json; native: Json; found: Difference[] } {
  const sides: Sides = { source: pair.source, ours: structuredClone(ours), native: structuredClone(pair.native) };
  const found = DIFFERENCES.filter((difference) => {
    const before = structuredClone([sides.ours, sides.native]);
    difference.apply(sides);
    return !isDeepStrictEqual(before, [sides.ours, sides.native]);
  });
  return { ours: sides.ours, native: sides.native, found };
}

describe.skipIf(!recordingsAvailable)('conversations recorded with OpenAI’s dialect and with Cohere’s', () => {
  it('are there', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(20);
  });

  it.each(pairs.map((pair) => [pair.name, pair] as const))('%s', (_, pair) => {
    const { ours, native } = reconcile(pair, translate(pair));
    expect(ours).toEqual(native);
  });

  it.each(DIFFERENCES.map((difference) => [difference.reason, difference] as const))(
    'differ as meant: %s',
    (_, difference) => {
      expect(pairs.some((pair) => reconcile(pair, translate(pair)).found.includes(difference))).toBe(true);
    },
  );
});

describe.skipIf(!recordingsAvailable)('the comparison of requests with Cohere’s', () => {
  const isAlike = (pair: Pair, ours: Json): boolean => {
    const reconciled = reconcile(pair, ours);
    return isDeepStrictEqual(reconciled.ours, reconciled.native);
  };

  /** Each changes a request in place, and says whether there was anything to change. */
  const mutations: [string, (request: Json) => boolean][] = [
    ['a wrong user text', (request) => change(messagesOf(request, 'user'), 'content', () => 'other')],
    ['a lost tool argument', (request) => change(calledOf(request), 'arguments', () => '{}')],
    ['a wrong tool name', (request) => change(calledOf(request), 'name', () => 'other')],
    ['a tool result of another call', (request) => change(messagesOf(request, 'tool'), 'tool_call_id', () => 'other')],
    ['a lost tool result', (request) => change(messagesOf(request, 'tool'), 'content', () => '')],
    ['a lost keyword of a schema', (request) => change(schemasOf(request), 'required', () => undefined)],
    ['a lost tool', (request) => change([request], 'tools', (tools) => list(tools).slice(1))],
    ['another tool choice', (request) => change([request], 'tool_choice', () => undefined)],
    ['a lost schema', (request) => change([request], 'response_format', () => ({ type: 'json_object' }))],
    ['a lost turn', (request) => change([request], 'messages', (messages) => list(messages).slice(1))],
  ];

  it.each(mutations)('notices %s', (name, mutate) => {
    let tried = 0;
    for (const pair of pairs) {
      const ours = translate(pair);
      if (!mutate(ours)) continue;
      tried++;
      if (isAlike(pair, ours)) expect.fail(`Not noticed in ${pair.name}: ${name}`);
    }
    expect(tried).toBeGreaterThan(0);
  });
});

const calledOf = (request: Json): Json[] =>
  callsOf(request)
    .map((call) => call['function'] as Json)
    .filter(({ arguments: text }) => text !== '{}');
const schemasOf = (request: Json): Json[] =>
  list(request['tools']).map((tool) => (tool['function'] as Json)['parameters'] as Json);

function change(holders: Json[], name: string, to: (value: unknown) => unknown): boolean {
  const holder = holders.find((one) => one[name] !== undefined);
  if (holder === undefined) return false;
  holder[name] = to(holder[name]);
  return true;
}
