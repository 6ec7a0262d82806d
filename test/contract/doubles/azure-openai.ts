import { type ProviderDouble, type Scene, serverSentEvent } from '../provider-double.js';
import { openAi, openAiEvents } from './openai.js';

const KEY = 'azure-key-0123456789';
const DEPLOYMENT = 'our-gpt';

/** @see https://learn.microsoft.com/azure/ai-foundry/openai/latest */
export const azureOpenAi: ProviderDouble = {
  ...openAi,
  kind: 'azure-openai',
  model: DEPLOYMENT,
  settings: (origin) => ({ baseUrl: origin, apiKey: KEY }),
  chatPath: () => '/openai/v1/chat/completions',
  letsIn: ({ headers }) => headers['api-key'] === KEY && headers.authorization === undefined,
  events: (scene: Scene) => [
    // What the content filter thought of the prompt comes first, in a chunk without choices.
    serverSentEvent({
      id: '',
      object: '',
      created: 0,
      model: '',
      choices: [],
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false } } }],
    }),
    ...openAiEvents(scene),
  ],
  error: (status, message) => ({ error: { code: `code_${status}`, message } }),
  ...(openAi.embeddings === undefined ? {} : { embeddings: { ...openAi.embeddings, path: '/openai/v1/embeddings' } }),
};
