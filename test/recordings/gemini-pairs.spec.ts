import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest, type ChatMessage } from '../../src/protocol/chat-completions.js';
import { JsonBody } from '../../src/protocol/json-body.js';
import { toGenerateContentRequest } from '../../src/providers/gemini/gemini.request.js';
import { toChatAnswer } from '../../src/providers/gemini/gemini.response.js';
import { GeminiStreamReader } from '../../src/providers/gemini/gemini.stream.js';
import { UnsupportedParameters } from '../../src/providers/unsupported-parameters.js';
import { Cancellation } from '../../src/upstream/cancellation.js';
import {
  loadPairs,
  loadRecordings,
  recordingOf,
  recordingsAvailable,
  responseBytes,
  type PairMember,
  type Recording,
} from '../support/recordings.js';
import { isStreamed, type Json } from './gemini-reader.js';

interface Pair {
  readonly name: string;
  /** The request as a client of OpenAI's sent it. */
  readonly source: Json;
  readonly provider: string;
  readonly service: 'gemini' | 'vertex';
  readonly model: string;
  /** The same conversation as a client of Google's sent it. */
  readonly native: Json;
}

const bodyOf = ({ file }: PairMember): Json => recordingOf(file.replace(/\.json$/, '')).request.body ?? {};

const pairs = Object.entries(loadPairs()).flatMap(([scenario, members]): Pair[] =>
  members
    .filter(({ api }) => api === 'generateContent' || api === 'streamGenerateContent')
    .flatMap((native) =>
      members
        .filter(({ api, step }) => api === 'chat.completions' && (step === native.step || isError(scenario)))
        .filter((source) => (bodyOf(source)['stream'] === true) === (native.api === 'streamGenerateContent'))
        .map((source) => ({
          name: `${scenario}, turn ${native.step}, ${native.provider}: ${source.file}`,
          source: bodyOf(source),
          provider: source.provider,
          service: native.provider === 'vertex' ? 'vertex' : 'gemini',
          model: recordingOf(native.file.replace(/\.json$/, '')).model,
          native: bodyOf(native),
        })),
    ),
);

/** One turn, which the recorder counted otherwise at Vertex AI. */
function isError(scenario: string): boolean {
  return scenario === 'ruby_llm/context-length-error';
}

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
const partsOf = (request: Json, role?: string): Json[] =>
  list(request['contents'])
    .filter((turn) => role === undefined || turn['role'] === role)
    .flatMap((turn) => list(turn['parts']));
const declarations = (request: Json): Json[] =>
  list(request['tools']).flatMap((tool) => list(tool['functionDeclarations']));
const inside = (request: Json, name: string): Json => (request[name] as Json | undefined) ?? {};
const assistantMessages = (source: Json): Json[] =>
  list(source['messages']).filter((message) => message['role'] === 'assistant');
const sourceCalls = (source: Json): Json[] =>
  assistantMessages(source).flatMap((message) => list(message['tool_calls']));
const callsOf = (request: Json): Json[] =>
  partsOf(request, 'model').flatMap((part) =>
    part['functionCall'] === undefined ? [] : [part['functionCall'] as Json],
  );
const resultsOf = (request: Json): Json[] =>
  partsOf(request, 'user').flatMap((part) =>
    part['functionResponse'] === undefined ? [] : [part['functionResponse'] as Json],
  );

/** The types of OpenAI's schemas, and of JSON Schema, in small letters. */
function inSmallLetters(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(inSmallLetters);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [
      name,
      name === 'type' && typeof value === 'string' ? value.toLowerCase() : inSmallLetters(value),
    ]),
  );
}

function without(schema: unknown, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(schema as Json).filter(([name]) => !names.includes(name)));
}

/** Every difference that is meant, with its reason. */
const DIFFERENCES: Difference[] = [
  {
    reason: 'The API takes names in camel case and with underscores; the gateway writes the former.',
    apply({ native }) {
      for (const part of partsOf(native)) {
        const data = part['inline_data'] as Json | undefined;
        if (data === undefined) continue;
        delete part['inline_data'];
        part['inlineData'] = { mimeType: data['mime_type'], data: data['data'] };
      }
    },
  },
  {
    reason: 'The mode of function calls in small letters is the same.',
    apply({ native }) {
      const config = inside(inside(native, 'toolConfig'), 'functionCallingConfig');
      if (typeof config['mode'] === 'string') config['mode'] = config['mode'].toUpperCase();
    },
  },
  {
    reason: 'The instructions need no role.',
    apply({ native }) {
      delete inside(native, 'systemInstruction')['role'];
    },
  },
  {
    reason: 'The gateway leaves out what is empty.',
    apply({ native }) {
      if (Object.keys(inside(native, 'generationConfig')).length === 0) delete native['generationConfig'];
    },
  },
  {
    reason: 'A limit of tokens that the client library of the other side sets by itself.',
    apply({ ours, native, source }) {
      const asked = source['max_tokens'] ?? source['max_completion_tokens'];
      const [our, their] = [inside(ours, 'generationConfig'), inside(native, 'generationConfig')];
      if (our['maxOutputTokens'] !== asked) return;
      delete our['maxOutputTokens'];
      delete their['maxOutputTokens'];
      if (Object.keys(our).length === 0) delete ours['generationConfig'];
      if (Object.keys(their).length === 0) delete native['generationConfig'];
    },
  },
  {
    reason: 'The gateway passes JSON Schema on whole where clients write it in the subset of OpenAPI’s.',
    apply({ native, source }) {
      const asked = new Map(
        list(source['tools']).map((tool) => [
          (tool['function'] as Json)['name'],
          (tool['function'] as Json)['parameters'],
        ]),
      );
      for (const declaration of declarations(native)) {
        const { parameters } = declaration;
        const wanted = asked.get(declaration['name']) as Json | undefined;
        if (parameters === undefined || wanted === undefined) continue;
        // `additionalProperties` and `$schema` are beyond the subset.
        const kept = without(wanted, 'additionalProperties', '$schema', 'strict');
        if (!isDeepStrictEqual(inSmallLetters(parameters), kept)) continue;
        delete declaration['parameters'];
        declaration['parametersJsonSchema'] = wanted;
      }
    },
  },
  {
    reason: 'The same with the schema of an answer.',
    apply({ native, source }) {
      const config = inside(native, 'generationConfig');
      const format = (source['response_format'] as Json | undefined) ?? {};
      const wanted = ((format['json_schema'] as Json | undefined) ?? {})['schema'] as Json | undefined;
      if (wanted === undefined) return;
      const given = config['responseSchema'] ?? config['responseJsonSchema'];
      const kept = without(wanted, 'additionalProperties', 'strict', 'description');
      if (!isDeepStrictEqual(without(inSmallLetters(given), 'additionalProperties', 'description'), kept)) return;
      delete config['responseSchema'];
      config['responseJsonSchema'] = wanted;
    },
  },
  {
    reason: 'Models before Gemini 3 give no ids; the gateway sends none back, the client library makes them up.',
    apply({ native }) {
      for (const holder of [...callsOf(native), ...resultsOf(native)]) delete holder['id'];
    },
  },
  {
    reason: 'The result of a tool is an object of Google’s client library, or of the gateway’s.',
    apply({ ours, native }) {
      resultsOf(native).forEach((result, at) => {
        const { response } = result as { response: Json };
        const content = list(response['content']);
        const said = content.length === 1 ? content[0]?.['text'] : undefined;
        const mine = resultsOf(ours)[at]?.['response'] as Json | undefined;
        if (said !== undefined && mine?.['result'] === said) result['response'] = mine;
      });
    },
  },
  {
    reason: 'The signatures are Google’s: a conversation with another provider has none.',
    apply({ native }) {
      for (const part of partsOf(native, 'model')) delete part['thoughtSignature'];
    },
  },
  {
    reason: 'Each model said something else in the earlier turns.',
    apply({ ours, native, source }) {
      const said = assistantMessages(source).flatMap(({ content }) => (content ? [content] : []));
      const texts = partsOf(ours, 'model').flatMap((part) => (part['text'] === undefined ? [] : [part['text']]));
      // What the client sent has to be there before the two are made alike.
      if (!isDeepStrictEqual(texts, said)) return;
      for (const request of [ours, native]) {
        for (const turn of list(request['contents'])) {
          if (turn['role'] === 'model')
            turn['parts'] = list(turn['parts']).filter((part) => part['text'] === undefined);
        }
        request['contents'] = list(request['contents']).filter((turn) => list(turn['parts']).length > 0);
      }
    },
  },
  {
    reason: 'Each model chose its own spelling of the arguments.',
    apply({ ours, native, source }) {
      const wanted = sourceCalls(source).map(
        (one) => JSON.parse(String((one['function'] as Json)['arguments'])) as Json,
      );
      callsOf(ours).forEach((made, at) => {
        const theirs = (callsOf(native)[at]?.['args'] as Json | undefined) ?? {};
        const sameNames = isDeepStrictEqual(Object.keys(theirs).sort(), Object.keys(wanted[at] ?? {}).sort());
        if (sameNames && isDeepStrictEqual(made['args'], wanted[at])) made['args'] = theirs;
      });
    },
  },
  {
    reason: 'Mistral’s client names the one tool where the others ask for any.',
    apply({ ours, native, source, provider }) {
      if (provider !== 'mistral' || list(source['tools']).length !== 1) return;
      const mine = inside(inside(ours, 'toolConfig'), 'functionCallingConfig');
      const theirs = inside(inside(native, 'toolConfig'), 'functionCallingConfig');
      const name = ((list(source['tools'])[0]?.['function'] as Json) ?? {})['name'];
      const isNamed = isDeepStrictEqual(mine['allowedFunctionNames'], [name]);
      if (isNamed && theirs['mode'] === 'ANY' && theirs['allowedFunctionNames'] === undefined) {
        delete mine['allowedFunctionNames'];
      }
    },
  },
  {
    reason: 'The client of Google’s set its budget by hand, the client of OpenAI’s an effort.',
    apply({ ours, native, source }) {
      if (source['reasoning_effort'] === undefined && source['reasoning'] === undefined) return;
      const mine = inside(inside(ours, 'generationConfig'), 'thinkingConfig');
      const theirs = inside(inside(native, 'generationConfig'), 'thinkingConfig');
      if (mine['thinkingBudget'] !== undefined && theirs['thinkingBudget'] !== undefined) {
        theirs['thinkingBudget'] = mine['thinkingBudget'];
      }
    },
  },
];

function translate({ source, service, model }: Pair): Json {
  const request = toGenerateContentRequest(source as unknown as ChatCompletionRequest, {
    upstreamModel: model,
    service,
    unsupported: new UnsupportedParameters('warn'),
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
    expect(pairs.length).toBeGreaterThan(35);
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
    ['a wrong user text', (request) => change(partsOf(request, 'user'), 'text', (text) => `${String(text)}.`)],
    ['a wrong text of the model', (request) => change(partsOf(request, 'model'), 'text', (text) => `${String(text)}.`)],
    [
      'a lost tool argument',
      (request) =>
        change(
          callsOf(request).filter(({ args }) => size(args) > 0),
          'args',
          () => ({}),
        ),
    ],
    ['a wrong tool name', (request) => change(callsOf(request), 'name', () => 'other')],
    ['a result of another tool', (request) => change(resultsOf(request), 'name', () => 'other')],
    ['a lost result', (request) => change(resultsOf(request), 'response', () => ({}))],
    [
      'a lost keyword of a schema',
      (request) => change(declarations(request), 'parametersJsonSchema', (schema) => without(schema, 'properties')),
    ],
    [
      'a lost keyword of an answer’s schema',
      (request) =>
        change([inside(request, 'generationConfig')], 'responseJsonSchema', (schema) => without(schema, 'required')),
    ],
    ['a lost tool', (request) => change([request], 'tools', () => [])],
    [
      'another choice of tools',
      (request) => change([request], 'toolConfig', () => ({ functionCallingConfig: { mode: 'X' } })),
    ],
    ['another image', (request) => change(partsOf(request, 'user'), 'inlineData', () => ({ mimeType: 'x', data: '' }))],
    ['lost instructions', (request) => change([request], 'systemInstruction', () => undefined)],
    ['a lost turn', (request) => change([request], 'contents', (contents) => list(contents).slice(1))],
  ];

  it.each(mutations)('notices %s', (_, mutate) => {
    let tried = 0;
    for (const pair of pairs) {
      const ours = translate(pair);
      if (!mutate(ours)) continue;
      tried++;
      if (isAlike(pair, ours)) expect.fail(`Not noticed in ${pair.name}`);
    }
    expect(tried).toBeGreaterThan(0);
  });
});

const size = (value: unknown): number => Object.keys((value as Json | undefined) ?? {}).length;

function change(holders: Json[], name: string, to: (value: unknown) => unknown): boolean {
  const holder = holders.find((one) => one[name] !== undefined);
  if (holder === undefined) return false;
  holder[name] = to(holder[name]);
  return true;
}

// A recorded answer, as a client of OpenAI's gets it and sends it back.

interface Exchange {
  readonly name: string;
  readonly first: Recording;
  readonly second: Recording;
}

const exchanges = loadRecordings(
  ({ provider, api, response }) =>
    (provider === 'gemini' || provider === 'vertex') &&
    (api === 'generateContent' || api === 'streamGenerateContent') &&
    response.status < 400,
).flatMap((first, _index, all): Exchange[] =>
  all
    .filter(
      ({ source }) => source.path === first.source.path && source.index === (first.source.index ?? Number.NaN) + 1,
    )
    .map((second) => ({ name: `${first.id} → ${second.id}`, first, second })),
);

/** The message of the assistant, put together from the answer as clients do. */
function messageOf(recording: Recording): Json {
  const body = responseBytes(recording);
  if (!isStreamed(recording)) {
    const request = { model: 'm', messages: [] };
    const { bytes } = toChatAnswer(
      { status: 200, headers: {}, body },
      {
        requestId: 'r',
        request,
        body: JsonBody.of(request),
        upstreamModel: 'm',
        unsupported: new UnsupportedParameters('warn'),
        cancellation: new Cancellation(),
      },
    );
    return ((JSON.parse(bytes.toString()) as { choices: Json[] }).choices[0] ?? {})['message'] as Json;
  }
  const reader = new GeminiStreamReader({ showsUsage: false, fallback: { id: 'r', model: 'm' } });
  const text = [reader.push(body), reader.end()].map((part) => part?.bytes.toString() ?? '').join('');
  const message: Json = { role: 'assistant', content: null };
  for (const event of text.split('\n\n').slice(0, -1)) {
    const { choices } = JSON.parse(event.slice('data: '.length)) as { choices: { delta: Json }[] };
    for (const { delta } of choices) {
      const said = delta['content'] as string | undefined;
      if (said) message['content'] = ((message['content'] as string | null) ?? '') + said;
      for (const name of ['reasoning_details', 'tool_calls']) {
        if (delta[name] !== undefined) message[name] = [...list(message[name]), ...list(delta[name])];
      }
    }
  }
  return message;
}

/** The next turn as a client of OpenAI's writes it: what it sent before, the answer unchanged, the results of the tools. */
function nextRequest({ first, second }: Exchange, message: Json): Json {
  const asked = first.request.body ?? {};
  const texts = partsOf(asked, 'user').map((part) => part['text']);
  const calls = list(message['tool_calls']);
  const results = resultsOf(second.request.body ?? {}).map((result, at): Json => ({
    role: 'tool',
    tool_call_id: calls[at]?.['id'],
    content: textOf(result['response'] as Json),
  }));
  return { messages: [{ role: 'user', content: texts.join('') }, message, ...results] };
}

const textOf = (response: Json): unknown =>
  response['result'] ?? response['return_value'] ?? list(response['content'])[0]?.['text'];

/** Calls with their signatures, in their order. */
const signedCalls = (request: Json): unknown[] =>
  partsOf(request, 'model').flatMap((part) => {
    const made = part['functionCall'] as Json | undefined;
    return made === undefined ? [] : [[made['name'], made['args'], part['thoughtSignature']]];
  });

const translated = (source: Json, model: string): Json =>
  JSON.parse(
    JSON.stringify(
      toGenerateContentRequest(source as unknown as ChatCompletionRequest, {
        upstreamModel: model,
        service: 'gemini',
        unsupported: new UnsupportedParameters('warn'),
      }),
    ),
  ) as Json;

describe.skipIf(!recordingsAvailable)('a recorded answer sent back', () => {
  const calling = exchanges.filter(({ second }) => resultsOf(second.request.body ?? {}).length > 0);

  it('is there', () => {
    expect(calling.length).toBeGreaterThan(6);
  });

  it.each(calling.map((exchange) => [exchange.name, exchange] as const))('%s', (_, exchange) => {
    const { second } = exchange;
    const native = structuredClone(second.request.body ?? {});
    const source = nextRequest(exchange, messageOf(exchange.first));
    const ours = translated(source, second.model);
    // One client library writes the first signature to every call: Google gave it to the first alone.
    const [, ...others] = partsOf(native, 'model').filter((part) => part['functionCall'] !== undefined);
    const [sealed] = signedCalls(ours) as [unknown, unknown, unknown][];
    for (const part of others) if (part['thoughtSignature'] === sealed?.[2]) delete part['thoughtSignature'];
    expect(signedCalls(ours)).toEqual(signedCalls(native));
    expect(sealed?.[2]).toEqual(expect.stringMatching(/.{10}/));
    expect(list(ours['contents']).map(({ role }) => role)).toEqual(['user', 'model', 'user']);
    expect(resultsOf(ours).map(({ name, response }) => [name, textOf(response as Json)])).toEqual(
      resultsOf(native).map(({ name, response }) => [name, textOf(response as Json)]),
    );
  });

  it.each(['extra_content', 'reasoning_details'])('keeps its signatures without %s', (lost) => {
    for (const exchange of calling) {
      const message = messageOf(exchange.first);
      const poorer = {
        ...without(message, lost),
        tool_calls: list(message['tool_calls']).map((one) => without(one, lost)),
      };
      const [whole, less] = [message, poorer].map((one) =>
        translated(nextRequest(exchange, one), exchange.second.model),
      );
      expect(signedCalls(less ?? {})).toEqual(signedCalls(whole ?? {}));
    }
  });

  it('notices a lost signature', () => {
    for (const exchange of calling) {
      const message = messageOf(exchange.first);
      const bare = {
        role: 'assistant',
        tool_calls: list(message['tool_calls']).map((one) => without(one, 'extra_content')),
      };
      const ours = translated(nextRequest(exchange, bare), exchange.second.model);
      expect(signedCalls(ours)).not.toEqual(signedCalls(exchange.second.request.body ?? {}));
    }
  });

  it('keeps the signature of a text', () => {
    const signed = loadRecordings(({ id }) => id === 'gemini/chat--json-schema--gemini-3-flash-preview')[0];
    if (signed === undefined) throw new Error('There is no such recording.');
    const message = messageOf(signed) as unknown as ChatMessage;
    const [, answer] = list(
      translated(
        { messages: [{ role: 'user', content: 'Hi' }, message, { role: 'user', content: 'Go on' }] },
        signed.model,
      )['contents'],
    );
    const given = (signed.response.body as { candidates: { content: Json }[] }).candidates[0]?.content['parts'];
    expect(answer?.['parts']).toEqual(given);
  });
});
