import { expect } from 'vitest';
import { type FeatureCase } from './feature-case.js';

/** A parameter that travels under whatever name, its value unchanged. */
const parameter = (name: string, value: unknown): Pick<FeatureCase, 'asks' | 'seen'> => ({
  asks: () => ({ [name]: value }),
  seen: ({ parameters }) => expect(parameters[name]).toEqual(value),
});

export const PARAMETERS_CASES: readonly FeatureCase[] = [
  {
    feature: 'chat.max_tokens',
    title: '`max_tokens`, `max_completion_tokens`',
    asks: () => ({ max_completion_tokens: 500 }),
    seen: ({ parameters }) => expect(parameters['max_tokens']).toBe(500),
  },
  { feature: 'chat.stop', title: '`stop`', ...parameter('stop', ['END', 'STOP']) },
  { feature: 'chat.temperature', title: '`temperature` to 1', ...parameter('temperature', 0.5) },
  { feature: 'chat.temperature_above_1', title: '`temperature` above 1', ...parameter('temperature', 1.5) },
  { feature: 'chat.top_p', title: '`top_p`', ...parameter('top_p', 0.5) },
  { feature: 'chat.seed', title: '`seed`', ...parameter('seed', 7) },
  { feature: 'chat.frequency_penalty', title: '`frequency_penalty`', ...parameter('frequency_penalty', 0.5) },
  { feature: 'chat.presence_penalty', title: '`presence_penalty`', ...parameter('presence_penalty', 0.5) },
  { feature: 'chat.logit_bias', title: '`logit_bias`', ...parameter('logit_bias', { '50256': -100 }) },
  { feature: 'chat.logprobs', title: '`logprobs`', ...parameter('logprobs', true) },
  { feature: 'chat.n', title: '`n` above 1', ...parameter('n', 2) },
  { feature: 'chat.user', title: '`user`', ...parameter('user', 'user-1') },
  { feature: 'chat.metadata', title: '`metadata`', ...parameter('metadata', { team: 'search' }) },
  { feature: 'chat.store', title: '`store`', ...parameter('store', true) },
  {
    feature: 'chat.service_tier',
    title: '`service_tier`',
    asks: () => ({ service_tier: 'priority' }),
    seen: ({ parameters }) => expect(parameters['service_tier']).toEqual(expect.any(String)),
  },
  { feature: 'chat.safety_identifier', title: '`safety_identifier`', ...parameter('safety_identifier', 'person-1') },
  { feature: 'chat.prompt_cache_key', title: '`prompt_cache_key`', ...parameter('prompt_cache_key', 'key-1') },
  {
    feature: 'chat.prediction',
    title: '`prediction`',
    ...parameter('prediction', { type: 'content', content: 'Hello' }),
  },
  { feature: 'chat.verbosity', title: '`verbosity`', ...parameter('verbosity', 'low') },
  {
    feature: 'chat.web_search_options',
    title: '`web_search_options`',
    // Searching needs no options.
    ...parameter('web_search_options', {}),
  },
  {
    feature: 'chat.unknown_parameters',
    title: 'parameters nobody here knows',
    ...parameter('parameter_of_tomorrow', { any: 1 }),
  },
];
