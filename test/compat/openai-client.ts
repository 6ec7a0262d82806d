import OpenAI from 'openai';
import { type GatewayUnderTest } from '../support/gateway.js';

/** The official client as its users make it, without its own retries unless a test wants them. */
export function clientOf(
  { url, key }: GatewayUnderTest,
  options: { apiKey?: string; maxRetries?: number } = {},
): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, ...options });
}

export const MESSAGES: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'What is the weather?' }];

const weather = {
  name: 'weather',
  description: 'The weather at a place.',
  parameters: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const } },
    required: ['city'],
    additionalProperties: false,
  },
};

/** A tool that nobody runs. */
export const WEATHER = { type: 'function' as const, function: weather };

/** The same tool with a function that the client runs, and what it was run with. */
export function runnableWeather() {
  const cities: string[] = [];
  const tool = {
    type: 'function' as const,
    function: {
      ...weather,
      parse: (text: string) => JSON.parse(text) as { city: string },
      function: ({ city }: { city: string }) => {
        cities.push(city);
        return `Sunny in ${city}`;
      },
    },
  };
  return { tool, cities };
}
