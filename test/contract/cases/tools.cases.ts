import { expect } from 'vitest';
import { type Json, type NativeRequest, type Scene, type SceneCall } from '../provider-double.js';
import { type Told } from '../told.js';
import { ANSWER_SCHEMA, coreOf, type FeatureCase, parts, PNG, USAGE } from './feature-case.js';

const WEATHER_SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Where' }, days: { type: 'integer' } },
  required: ['city'],
};
export const WEATHER = {
  type: 'function',
  function: { name: 'get_weather', description: 'The weather of a city', parameters: WEATHER_SCHEMA },
};
const TIME = { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } };
const TOOLS = { tools: [WEATHER, TIME] };

export const PARIS: SceneCall = { id: 'call_paris', name: 'get_weather', arguments: { city: 'Paris “é” 😀', days: 2 } };
const BERLIN: SceneCall = { id: 'call_berlin', name: 'get_weather', arguments: { city: 'Berlin' } };
const NOW: SceneCall = { id: 'call_time', name: 'get_time', arguments: {} };

export const calling = (...calls: SceneCall[]): Scene => ({ calls, finish: 'tool_calls', usage: USAGE });

/** The conversation after the model’s calls: its message as the client got it, and the result of each, last first. */
export function answered(said: Json): Json {
  const results = (said['tool_calls'] as Json[]).map(({ id }, index) => ({
    role: 'tool',
    tool_call_id: id,
    content: `result ${index}`,
  }));
  return { ...TOOLS, messages: [{ role: 'user', content: 'Weather?' }, said, ...results.reverse()] };
}

export const callsIn = (native: NativeRequest): unknown[] =>
  parts(native, 'assistant').flatMap((part) => (part.type === 'call' ? [[part.name, part.arguments]] : []));

const resultsIn = (native: NativeRequest): unknown[] =>
  parts(native).flatMap((part) => (part.type === 'result' ? [[part.answers, part.text]] : []));

const expectCalls = ({ calls, finish }: Told, expected: readonly SceneCall[]): void => {
  expect(calls.map(({ name, arguments: value }) => [name, value])).toEqual(
    expected.map(({ name, arguments: value }) => [name, value]),
  );
  expect(finish).toBe('tool_calls');
};

export const TOOLS_CASES: readonly FeatureCase[] = [
  {
    feature: 'chat.tools',
    title: 'tools: definition, call, result',
    before: calling(PARIS),
    asks: answered,
    seen: (native) => {
      expect(native.tools.map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
      expect(native.tools[0]?.description).toBe('The weather of a city');
      expect(coreOf(native.tools[0]?.schema)).toEqual(coreOf(WEATHER_SCHEMA));
      expect(callsIn(native)).toEqual([[PARIS.name, PARIS.arguments]]);
      expect(resultsIn(native)).toEqual([[0, 'result 0']]);
    },
    scene: calling(PARIS),
    told: (told) => expectCalls(told, [PARIS]),
  },
  {
    feature: 'chat.tool_results.images',
    title: 'an image in a tool result',
    before: calling(PARIS),
    asks: (said) => {
      const [call] = said['tool_calls'] as Json[];
      const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } };
      const content = [{ type: 'text', text: 'A map' }, image];
      return {
        ...TOOLS,
        messages: [{ role: 'user', content: 'Map?' }, said, { role: 'tool', tool_call_id: call?.['id'], content }],
      };
    },
    seen: (native) =>
      expect(parts(native).find(({ type }) => type === 'result')).toMatchObject({ text: 'A map', images: 1 }),
  },
  {
    feature: 'chat.text_beside_tool_calls',
    title: 'text and tool calls in one answer, sent back',
    before: { ...calling(PARIS), text: ['I ', 'look.'] },
    asks: answered,
    seen: (native) =>
      expect(parts(native, 'assistant')).toEqual([
        { type: 'text', text: 'I look.' },
        { type: 'call', name: PARIS.name, arguments: PARIS.arguments },
      ]),
    scene: { ...calling(PARIS), text: ['I ', 'look.'] },
    told: (told) => {
      expectCalls(told, [PARIS]);
      expect(told.text).toBe('I look.');
    },
  },
  {
    feature: 'chat.parallel_tool_calls',
    title: 'several tool calls in one answer, with their results',
    before: calling(PARIS, NOW, BERLIN),
    asks: answered,
    seen: (native) => {
      expect(callsIn(native)).toEqual([PARIS, NOW, BERLIN].map((call) => [call.name, call.arguments]));
      // The client sent the last first.
      for (const index of [0, 1, 2]) expect(resultsIn(native)).toContainEqual([index, `result ${index}`]);
      expect(resultsIn(native)).toHaveLength(3);
    },
    scene: calling(PARIS, NOW, BERLIN),
    told: (told) => expectCalls(told, [PARIS, NOW, BERLIN]),
  },
  {
    feature: 'chat.parallel_tool_calls.off',
    title: '`parallel_tool_calls: false`',
    asks: () => ({ ...TOOLS, parallel_tool_calls: false }),
    seen: ({ parameters }) => expect(parameters['parallel_tool_calls']).toBe(false),
  },
  {
    feature: 'chat.tool_choice.required',
    title: '`tool_choice: required`',
    asks: () => ({ ...TOOLS, tool_choice: 'required' }),
    seen: ({ toolChoice, tools }) => {
      expect(toolChoice).toBe('required');
      expect(tools).toHaveLength(2);
    },
  },
  {
    feature: 'chat.tool_choice.function',
    title: '`tool_choice`: one function',
    asks: () => ({ ...TOOLS, tool_choice: { type: 'function', function: { name: 'get_time' } } }),
    seen: ({ toolChoice, tools }) => {
      expect(toolChoice).toEqual({ name: 'get_time' });
      expect(tools).toHaveLength(2);
    },
  },
  {
    feature: 'chat.tool_choice.none',
    title: '`tool_choice: none`',
    asks: () => ({ ...TOOLS, tool_choice: 'none' }),
    seen: ({ toolChoice, tools }) => {
      expect(toolChoice).toBe('none');
      expect(tools).toHaveLength(2);
    },
  },
  {
    feature: 'chat.strict_tools',
    title: '`strict` tools',
    asks: () => ({
      tools: [{ ...WEATHER, function: { ...WEATHER.function, strict: true, parameters: ANSWER_SCHEMA } }],
    }),
    seen: ({ tools }) => expect(tools[0]?.strict).toBe(true),
  },
  {
    feature: 'chat.functions',
    title: '`functions`, the older form of tools',
    asks: () => ({ functions: [WEATHER.function] }),
    seen: ({ tools, parameters }) => expect(tools.length + (parameters['functions'] === undefined ? 0 : 1)).toBe(1),
  },
];
