import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../src/protocol/chat-completions.js';
import { toMessagesRequest } from '../../src/providers/anthropic/anthropic.request.js';
import { loadPairs, recordingOf, recordingsAvailable, type PairMember } from '../support/recordings.js';

type Json = Record<string, unknown>;

interface Pair {
  readonly name: string;
  /** The request as a client of OpenAI's sent it. */
  readonly source: Json;
  readonly provider: string;
  /** The same conversation as a client of Anthropic's sent it. */
  readonly native: Json;
}

const pairs = Object.entries(loadPairs()).flatMap(([scenario, members]): Pair[] => {
  const bodyOf = ({ file }: PairMember): Json => recordingOf(file.replace(/\.json$/, '')).request.body ?? {};
  return members
    .filter(({ api }) => api === 'anthropic.messages')
    .flatMap((native) =>
      members
        .filter(({ api, step }) => api === 'chat.completions' && step === native.step)
        .filter((source) => (bodyOf(source)['stream'] === true) === (bodyOf(native)['stream'] === true))
        .map((source) => ({
          name: `${scenario}, turn ${native.step}: ${source.file}`,
          source: bodyOf(source),
          provider: source.provider,
          native: bodyOf(native),
        })),
    );
});

/** The two requests, which a difference that is meant may change until they are alike. */
interface Sides {
  readonly ours: Json;
  readonly native: Json;
  readonly source: Json;
  readonly provider: string;
}

interface Difference {
  readonly reason: string;
  apply(sides: Sides): void;
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const blocksOf = (request: Json, role: string): Json[] =>
  list(request['messages'])
    .filter((turn) => turn['role'] === role)
    .flatMap((turn) => list(turn['content']));
const assistantMessages = (source: Json): Json[] =>
  list(source['messages']).filter((message) => message['role'] === 'assistant');
const sourceCalls = (source: Json): Json[] =>
  assistantMessages(source).flatMap((message) => list(message['tool_calls']));
const drop = (request: Json, role: string, goes: (block: Json) => boolean): void => {
  for (const turn of list(request['messages'])) {
    if (turn['role'] === role) turn['content'] = list(turn['content']).filter((block) => !goes(block));
  }
};

/** Every difference that is meant, with its reason. */
const DIFFERENCES: Difference[] = [
  {
    reason:
      'Where the client of OpenAI’s set no limit, the gateway’s default stands against that of the client library.',
    apply({ ours, native, source }) {
      if (source['max_tokens'] === undefined && source['max_completion_tokens'] === undefined) {
        native['max_tokens'] = ours['max_tokens'];
      }
    },
  },
  {
    reason: 'The gateway leaves out what the API assumes anyway: `stream: false`.',
    apply({ native }) {
      if (native['stream'] === false) delete native['stream'];
    },
  },
  {
    reason: 'The gateway leaves out what the API assumes anyway: `disable_parallel_tool_use: false`.',
    apply({ native }) {
      const choice = native['tool_choice'] as Json | undefined;
      if (choice?.['disable_parallel_tool_use'] === false) delete choice['disable_parallel_tool_use'];
    },
  },
  {
    reason: 'A text as a string is the same as one block of text, which the gateway always writes.',
    apply({ native }) {
      for (const turn of list(native['messages'])) {
        if (typeof turn['content'] === 'string') turn['content'] = [{ type: 'text', text: turn['content'] }];
      }
    },
  },
  {
    reason: 'Each provider gave its own ids to the same tool calls.',
    apply({ ours, native, source }) {
      const ids = sourceCalls(source).map((call) => call['id']);
      const nativeIds = blocksOf(native, 'assistant').flatMap((block) =>
        block['type'] === 'tool_use' ? [block['id']] : [],
      );
      for (const block of [...blocksOf(ours, 'assistant'), ...blocksOf(ours, 'user')]) {
        for (const name of ['id', 'tool_use_id']) {
          const at = ids.indexOf(block[name]);
          if (block[name] !== undefined && at >= 0) block[name] = nativeIds[at];
        }
      }
    },
  },
  {
    reason: 'Each model said something else in the earlier turns.',
    apply({ ours, native, source }) {
      const said = assistantMessages(source).flatMap(({ content }) => (content ? [content] : []));
      const texts = blocksOf(ours, 'assistant').flatMap((block) => (block['type'] === 'text' ? [block['text']] : []));
      // What the client sent has to be there before the two are made alike.
      if (!isDeepStrictEqual(texts, said)) return;
      drop(ours, 'assistant', (block) => block['type'] === 'text');
      drop(native, 'assistant', (block) => block['type'] === 'text');
    },
  },
  {
    reason: 'Each model chose its own spelling of the arguments.',
    apply({ ours, native, source }) {
      const wanted = sourceCalls(source).map(
        (call) => JSON.parse(String((call['function'] as Json)['arguments'])) as Json,
      );
      const uses = (request: Json): Json[] => blocksOf(request, 'assistant').filter(({ type }) => type === 'tool_use');
      uses(ours).forEach((block, at) => {
        const nativeInput = (uses(native)[at]?.['input'] as Json | undefined) ?? {};
        const sameNames = isDeepStrictEqual(Object.keys(nativeInput), Object.keys(wanted[at] ?? {}));
        if (sameNames && isDeepStrictEqual(block['input'], wanted[at])) block['input'] = nativeInput;
      });
    },
  },
  {
    reason: 'Each model thought something else, and signed it.',
    apply({ ours, native, source }) {
      const thoughts = assistantMessages(source)
        .flatMap((message) => list(message['reasoning_details']))
        .map(({ text, signature }) => ({ type: 'thinking', thinking: text, signature }));
      const isThinking = (block: Json): boolean => block['type'] === 'thinking';
      if (thoughts.length === 0) return;
      if (!isDeepStrictEqual(blocksOf(ours, 'assistant').filter(isThinking), thoughts)) return;
      drop(ours, 'assistant', isThinking);
      drop(native, 'assistant', isThinking);
    },
  },
  {
    reason:
      'Reasoning of xAI’s has no signature, so it is not sent to Anthropic, and without it no budget to think with.',
    apply({ ours, native, source }) {
      if (!assistantMessages(source).some((message) => typeof message['reasoning_content'] === 'string')) return;
      drop(native, 'assistant', (block) => block['type'] === 'thinking');
      if (ours['thinking'] === undefined) delete native['thinking'];
    },
  },
  {
    reason: 'The client of Anthropic’s set its budget by hand, the client of OpenAI’s an effort.',
    apply({ ours, native, source }) {
      const isBudget = (thinking: unknown): boolean => (thinking as Json | undefined)?.['type'] === 'enabled';
      if (source['reasoning_effort'] === undefined && source['reasoning'] === undefined) return;
      if (isBudget(ours['thinking']) && isBudget(native['thinking'])) native['thinking'] = ours['thinking'];
    },
  },
  {
    reason:
      'The client libraries get a schema kept by a forced tool, one with an instruction; the API does it by itself.',
    apply({ ours, native, source }) {
      const format = ((ours['output_config'] as Json | undefined)?.['format'] as Json | undefined) ?? {};
      const asked = ((source['response_format'] as Json | undefined)?.['json_schema'] as Json | undefined)?.['schema'];
      const tools = list(native['tools']);
      if (tools.length !== 1 || (native['tool_choice'] as Json | undefined)?.['type'] !== 'tool') return;
      const kept = (schema: unknown): unknown[] =>
        ['type', 'properties', 'required'].map((name) => (schema as Json)[name]);
      if (asked === undefined || !isDeepStrictEqual(format['schema'], asked)) return;
      if (!isDeepStrictEqual(kept(asked), kept(tools[0]?.['input_schema']))) return;
      delete ours['output_config'];
      for (const name of ['tools', 'tool_choice', 'system']) delete native[name];
    },
  },
  {
    reason: 'Mistral’s client names the one tool where the others ask for any.',
    apply({ ours, native, source, provider }) {
      const { tools, tool_choice: choice } = source;
      if (provider !== 'mistral' || list(tools).length !== 1 || !(native['tool_choice'] as Json | undefined)) return;
      const name = ((choice as Json)['function'] as Json | undefined)?.['name'];
      const isNamed = isDeepStrictEqual(ours['tool_choice'], { type: 'tool', name });
      if (isNamed && isDeepStrictEqual(native['tool_choice'], { type: 'any' }))
        native['tool_choice'] = ours['tool_choice'];
    },
  },
];

function translate({ source, native }: Pair): Json {
  const request = toMessagesRequest(source as ChatCompletionRequest, {
    upstreamModel: String(native['model']),
    streaming: source['stream'] === true,
  });
  return JSON.parse(JSON.stringify(request)) as Json;
}

/** Takes away what is meant to differ. @returns what is left of both, and which differences were there. */
function reconcile(pair: Pair, ours: Json): { ours: Json; native: Json; found: Difference[] } {
  const sides: Sides = { ...pair, ours: structuredClone(ours), native: structuredClone(pair.native) };
  const found = DIFFERENCES.filter((difference) => {
    const before = structuredClone([sides.ours, sides.native]);
    difference.apply(sides);
    return !isDeepStrictEqual(before, [sides.ours, sides.native]);
  });
  return { ours: sides.ours, native: sides.native, found };
}

describe.skipIf(!recordingsAvailable)('conversations recorded both ways', () => {
  it('are there', () => {
    expect(pairs.length).toBeGreaterThan(40);
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

describe.skipIf(!recordingsAvailable)('the comparison of requests', () => {
  const isAlike = (pair: Pair, ours: Json): boolean => {
    const reconciled = reconcile(pair, ours);
    return isDeepStrictEqual(reconciled.ours, reconciled.native);
  };

  /** Each changes a request in place, and says whether there was anything to change. */
  const mutations: [string, (request: Json) => boolean][] = [
    ['a wrong user text', (request) => change(blocksOf(request, 'user'), 'text', (text) => `${String(text)}.`)],
    [
      'a wrong assistant text',
      (request) => change(blocksOf(request, 'assistant'), 'text', (text) => `${String(text)}.`),
    ],
    ['a lost tool argument', (request) => change(blocksOf(request, 'assistant'), 'input', () => ({}))],
    ['a wrong tool name', (request) => change(blocksOf(request, 'assistant'), 'name', () => 'other')],
    ['a tool result of another call', (request) => change(blocksOf(request, 'user'), 'tool_use_id', () => 'other')],
    ['a lost tool result', (request) => change(blocksOf(request, 'user'), 'content', () => [])],
    ['a lost signature', (request) => change(blocksOf(request, 'assistant'), 'signature', () => '')],
    ['a lost keyword of a schema', (request) => change(list(request['tools']), 'input_schema', without('required'))],
    ['a lost keyword of an answer’s schema', (request) => change(formats(request), 'schema', without('required'))],
    ['a lost tool', (request) => change([request], 'tools', (tools) => list(tools).slice(1))],
    ['another tool choice', (request) => change([request], 'tool_choice', () => ({ type: 'tool', name: 'other' }))],
    ['another image', (request) => change(blocksOf(request, 'user'), 'source', () => ({ type: 'url', url: 'other' }))],
    ['lost instructions', (request) => change([request], 'system', () => undefined)],
    ['a lost turn', (request) => change([request], 'messages', (messages) => list(messages).slice(1))],
    ['another limit', (request) => change([request], 'max_tokens', (tokens) => Number(tokens) + 1)],
  ];

  it.each(mutations)('notices %s', (name, mutate) => {
    let tried = 0;
    for (const pair of pairs) {
      const ours = translate(pair);
      // A limit that the client left open may be any.
      const isOpen = pair.source['max_tokens'] === undefined && pair.source['max_completion_tokens'] === undefined;
      if (name === 'another limit' && isOpen) continue;
      if (!mutate(ours)) continue;
      tried++;
      if (isAlike(pair, ours)) expect.fail(`Not noticed in ${pair.name}`);
    }
    expect(tried).toBeGreaterThan(0);
  });
});

function change(holders: Json[], name: string, to: (value: unknown) => unknown): boolean {
  const holder = holders.find((one) => one[name] !== undefined);
  if (holder === undefined) return false;
  holder[name] = to(holder[name]);
  return true;
}

function without(name: string): (schema: unknown) => Json {
  return (schema) => Object.fromEntries(Object.entries(schema as Json).filter(([key]) => key !== name));
}

function formats(request: Json): Json[] {
  const format = (request['output_config'] as Json | undefined)?.['format'];
  return format === undefined ? [] : [format as Json];
}
