import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ChatCompletionRequest } from '../../src/protocol/chat-completions.js';
import { toConverseRequest } from '../../src/providers/bedrock/bedrock.request.js';
import { toChatAnswer } from '../../src/providers/bedrock/bedrock.response.js';
import { BedrockStreamReader } from '../../src/providers/bedrock/bedrock.stream.js';
import { UnsupportedParameters } from '../../src/providers/unsupported-parameters.js';
import {
  loadPairs,
  type PairMember,
  type Recording,
  recordingOf,
  recordingsAvailable,
  responseBytes,
} from '../support/recordings.js';
import { isStream, type Json, list, messageOfChunks, object, responseOf } from './bedrock-reader.js';
import { toOpenAi } from './bedrock-openai.js';
import { selected } from './selections.js';

interface Pair {
  readonly name: string;
  /** The request as a client of OpenAI's sends it. */
  readonly source: Json;
  /** The same conversation as a client of Bedrock's sent it. */
  readonly native: Json;
  readonly model: string;
}

const bodyOf = ({ file }: PairMember): Json => recordingOf(file.replace(/\.json$/, '')).request.body ?? {};

/** Asked of several providers by one client library. */
const pairs = Object.entries(loadPairs()).flatMap(([scenario, members]): Pair[] =>
  members
    .filter(({ api, status }) => api.startsWith('bedrock.converse') && status !== 400)
    .flatMap((native) =>
      members
        .filter(({ api, step }) => api === 'chat.completions' && step === native.step)
        .map((source) => ({
          name: `${scenario}, turn ${native.step}: ${source.file}`,
          source: bodyOf(source),
          native: bodyOf(native),
          model: recordingOf(native.file.replace(/\.json$/, '')).model,
        })),
    ),
);

/** Every recorded request, as a client of OpenAI's would have asked the same. */
const asked = [...selected('bedrock-answers'), ...selected('bedrock-errors'), ...selected('bedrock-broken-streams')]
  .filter(({ request }) => request.body && !JSON.stringify(request.body).includes('guardContent'))
  .map((recording): Pair => ({
    name: recording.id,
    source: toOpenAi(recording.request.body ?? {}),
    native: recording.request.body ?? {},
    model: recording.model,
  }));

/** The two requests, which a difference that is meant may change until they are alike. */
interface Sides {
  readonly ours: Json;
  readonly native: Json;
  readonly source: Json;
}

interface Difference {
  readonly reason: string;
  apply(sides: Sides): void;
}

const blocksOf = (request: Json): Json[] => list(request['messages']).flatMap(({ content }) => list(content));
const specsOf = (request: Json): Json[] =>
  list(object(request['toolConfig'])['tools']).flatMap(({ toolSpec }) => (toolSpec ? [object(toolSpec)] : []));
const usesOf = (request: Json): Json[] =>
  blocksOf(request).flatMap(({ toolUse, toolResult }) => [toolUse, toolResult].filter(Boolean).map(object));
const assistantMessages = (source: Json): Json[] => list(source['messages']).filter(({ role }) => role === 'assistant');

/** Every difference that is meant, with its reason. */
const DIFFERENCES: Difference[] = [
  {
    reason: 'The gateway leaves out what holds nothing.',
    apply({ native }) {
      if (list(native['system']).length === 0) delete native['system'];
      const config = object(native['inferenceConfig']);
      if (list(config['stopSequences']).length === 0) delete config['stopSequences'];
      if (Object.keys(config).length === 0) delete native['inferenceConfig'];
    },
  },
  {
    reason: 'The gateway leaves out what the API assumes anyway: `toolChoice: auto`, which some models refuse.',
    apply({ native }) {
      const config = object(native['toolConfig']);
      if (object(config['toolChoice'])['auto'] !== undefined) delete config['toolChoice'];
    },
  },
  {
    reason: 'The gateway leaves out what the API assumes anyway: `status: success`.',
    apply({ native }) {
      for (const use of usesOf(native)) if (use['status'] === 'success') delete use['status'];
    },
  },
  {
    reason: 'A text may come as bytes: it is the same file.',
    apply({ ours }) {
      for (const { document } of blocksOf(ours)) {
        const source = object(object(document)['source']);
        if (typeof source['bytes'] !== 'string') continue;
        source['text'] = Buffer.from(source['bytes'], 'base64').toString();
        delete source['bytes'];
      }
    },
  },
  {
    reason: 'A document’s name must hold none but letters and digits, whatever the API lets pass.',
    apply({ ours, native }) {
      const names = (request: Json): Json[] =>
        blocksOf(request).flatMap(({ document }) => (document ? [object(document)] : []));
      names(native).forEach((document, index) => {
        const name = String(document['name']).replaceAll('_', ' ');
        if (names(ours)[index]?.['name'] === name) document['name'] = name;
      });
    },
  },
  {
    reason: 'A schema as text may have other spaces, and its members another order.',
    apply({ ours, native }) {
      for (const request of [ours, native]) {
        const format = object(object(object(request['outputConfig'])['textFormat'])['structure']);
        const json = object(format['jsonSchema']);
        if (typeof json['schema'] === 'string') json['schema'] = JSON.parse(json['schema']) as Json;
      }
    },
  },
  {
    reason: 'Each provider gave its own ids to the same tool calls.',
    apply({ ours, native }) {
      usesOf(ours).forEach((use, index) => {
        const other = usesOf(native)[index];
        const place = (request: Json, id: unknown): number =>
          usesOf(request).findIndex(({ toolUseId }) => toolUseId === id);
        const isSame = other && place(ours, use['toolUseId']) === place(native, other['toolUseId']);
        // Only the last of them may be renamed, lest its place is lost for the others.
        if (isSame) use['renamed'] = other['toolUseId'];
      });
      for (const use of usesOf(ours)) {
        if (use['renamed'] === undefined) continue;
        use['toolUseId'] = use['renamed'];
        delete use['renamed'];
      }
    },
  },
  {
    reason: 'Each model said something else in the earlier turns.',
    apply({ ours, native, source }) {
      const said = assistantMessages(source).flatMap(({ content }) =>
        typeof content === 'string' && content !== '' ? [content] : [],
      );
      const textsOf = (request: Json): Json[] =>
        list(request['messages'])
          .filter(({ role }) => role === 'assistant')
          .flatMap(({ content }) => list(content).filter(({ text }) => text !== undefined));
      // What the client sent has to be there before the two are made alike.
      if (
        !isDeepStrictEqual(
          textsOf(ours).map(({ text }) => text),
          said,
        )
      )
        return;
      const others = textsOf(native);
      textsOf(ours).forEach((block, index) => {
        if (others[index] !== undefined) block['text'] = others[index]['text'];
      });
      if (others.length > 0) return;
      for (const turn of list(ours['messages'])) {
        if (turn['role'] === 'assistant')
          turn['content'] = list(turn['content']).filter(({ text }) => text === undefined);
      }
    },
  },
  {
    reason: 'The client library of OpenAI’s leaves `strict` out of a schema, or puts it beside it.',
    apply({ ours, native }) {
      for (const spec of [...specsOf(ours), ...specsOf(native)]) {
        delete object(object(spec['inputSchema'])['json'])['strict'];
      }
    },
  },
];

function translate({ source, model }: Pair): Json {
  const { messages, ...others } = source;
  const request = { model, messages, ...others } as unknown as ChatCompletionRequest;
  const translated = toConverseRequest(request, {
    upstreamModel: model,
    unsupported: new UnsupportedParameters('strict'),
  });
  return JSON.parse(JSON.stringify(translated)) as Json;
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

const all = [...pairs, ...asked];
const rows = (some: readonly Pair[]): [string, Pair][] => some.map((pair) => [pair.name, pair]);

describe.skipIf(!recordingsAvailable)('conversations recorded both ways', () => {
  it('are there', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(17);
  });

  it.each(rows(pairs))('%s', (_, pair) => {
    const { ours, native } = reconcile(pair, translate(pair));
    expect(ours).toEqual(native);
  });
});

describe.skipIf(!recordingsAvailable)('recorded requests, asked for in OpenAI’s words', () => {
  it('are there', () => {
    expect(asked.length).toBeGreaterThanOrEqual(24);
  });

  it.each(rows(asked))('%s', (_, pair) => {
    const { ours, native } = reconcile(pair, translate(pair));
    expect(ours).toEqual(native);
  });

  it.each(DIFFERENCES.map((difference) => [difference.reason, difference] as const))(
    'differ as meant: %s',
    (_, difference) => {
      expect(all.some((pair) => reconcile(pair, translate(pair)).found.includes(difference))).toBe(true);
    },
  );
});

/** Answers whose client went on: the next recorded request of the same conversation. */
const histories = selected('bedrock-answers').flatMap((answer): [string, Recording, Json][] => {
  const { path, index = 0 } = answer.source;
  const next = selected('bedrock-answers').find(
    ({ source }) => source.path === path && source.index === index + 1 && index === 0,
  );
  return next === undefined ? [] : [[answer.id, answer, next.request.body ?? {}]];
});

describe.skipIf(!recordingsAvailable)('answers that are sent back', () => {
  it('are there', () => {
    expect(histories).toHaveLength(2);
  });

  it.each(histories)('%s', (_, answer, native) => {
    const message = answerOf(answer);
    const { messages, ...others } = toOpenAi(native);
    // The client's own history, but for what the model said: that it has from the gateway.
    const history = list(messages).map((one) => (one['role'] === 'assistant' ? message : one));
    const pair = { name: '', source: { messages: history, ...others }, native, model: answer.model };
    const reconciled = reconcile(pair, translate(pair));
    expect(reconciled.ours).toEqual(reconciled.native);
  });

  it.each(
    selected('bedrock-answers')
      .filter(({ situations }) => situations.includes('reasoning'))
      .map((one) => [one.id, one] as const),
  )('%s keeps its reasoning', (_, answer) => {
    const request = {
      messages: [{ role: 'user', content: 'Hi' }, answerOf(answer), { role: 'user', content: 'And?' }],
    };
    const ours = translate({ name: '', source: request, native: {}, model: answer.model });
    const reasoning = blocksOf(ours).flatMap(({ reasoningContent }) => (reasoningContent ? [reasoningContent] : []));
    const native = blocksOf({ messages: [object(object(responseOf(answer)['output'])['message'])] });
    expect(reasoning).toEqual(native.flatMap(({ reasoningContent }) => (reasoningContent ? [reasoningContent] : [])));
    expect(reasoning.length).toBeGreaterThan(0);
  });
});

/** The assistant's message as the client gets it. */
function answerOf(recording: Recording): Json {
  const head = { id: 'request-1', model: recording.model };
  const body = responseBytes(recording);
  if (!isStream(recording)) {
    const { bytes } = toChatAnswer({ status: 200, headers: {}, body }, head);
    const completion = JSON.parse(bytes.toString()) as Json;
    return object(object(list(completion['choices'])[0])['message']);
  }
  const reader = new BedrockStreamReader({ showsUsage: false, head });
  const part = reader.push(body);
  return messageOfChunks(part?.bytes.toString() ?? '').message;
}

describe.skipIf(!recordingsAvailable)('the comparison of requests', () => {
  /** Each changes a request in place, and says whether there was anything to change. */
  const mutations: [string, (request: Json) => boolean][] = [
    ['a wrong text', (request) => change(blocksOf(userTurns(request)), 'text', (text) => `${String(text)}.`)],
    ['a lost tool argument', (request) => change(callsOf(request), 'input', () => ({ other: 1 }))],
    ['a wrong tool name', (request) => change(callsOf(request), 'name', () => 'other')],
    ['a tool result of another call', (request) => change(resultsOf(request), 'toolUseId', () => 'other')],
    ['a lost tool result', (request) => change(resultsOf(request), 'content', () => [])],
    ['a lost failure', (request) => change(resultsOf(request), 'status', () => undefined)],
    ['lost reasoning', (request) => change(blocksOf(request), 'reasoningContent', () => ({}))],
    ['a lost keyword of a schema', (request) => change(schemasOf(request), 'type', () => undefined)],
    ['a lost schema of an answer', (request) => change([request], 'outputConfig', () => undefined)],
    ['a lost tool', (request) => change([object(request['toolConfig'])], 'tools', (tools) => list(tools).slice(1))],
    ['another tool choice', (request) => change([object(request['toolConfig'])], 'toolChoice', () => ({ other: {} }))],
    ['another image', (request) => change(blocksOf(request), 'image', () => ({}))],
    ['another document', (request) => change(blocksOf(request), 'document', () => ({}))],
    [
      'a lost breakpoint',
      (request) => change(blocksOf({ messages: [{ content: request['system'] }] }), 'cachePoint', () => undefined),
    ],
    ['lost instructions', (request) => change([request], 'system', () => undefined)],
    ['a lost turn', (request) => change([request], 'messages', (messages) => list(messages).slice(1))],
    [
      'another limit',
      (request) => change([object(request['inferenceConfig'])], 'maxTokens', (limit) => Number(limit) + 1),
    ],
    ['a lost parameter of the model’s own', (request) => change([request], 'additionalModelRequestFields', () => ({}))],
  ];

  it.each(mutations)('notices %s', (_, mutate) => {
    let tried = 0;
    for (const pair of all) {
      const ours = translate(pair);
      if (!mutate(ours)) continue;
      tried++;
      const reconciled = reconcile(pair, JSON.parse(JSON.stringify(ours)) as Json);
      if (isDeepStrictEqual(reconciled.ours, reconciled.native)) expect.fail(`Not noticed in ${pair.name}`);
    }
    expect(tried).toBeGreaterThan(0);
  });
});

const userTurns = (request: Json): Json => ({
  messages: list(request['messages']).filter(({ role }) => role === 'user'),
});
const callsOf = (request: Json): Json[] =>
  blocksOf(request).flatMap(({ toolUse }) => (toolUse ? [object(toolUse)] : []));
const resultsOf = (request: Json): Json[] =>
  blocksOf(request).flatMap(({ toolResult }) => (toolResult ? [object(toolResult)] : []));
const schemasOf = (request: Json): Json[] =>
  specsOf(request).map(({ inputSchema }) => object(object(inputSchema)['json']));

function change(holders: Json[], name: string, to: (value: unknown) => unknown): boolean {
  const holder = holders.find((one) => one[name] !== undefined);
  if (holder === undefined) return false;
  holder[name] = to(holder[name]);
  return true;
}
