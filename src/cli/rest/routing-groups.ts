import { listOf, MEMBERS, NOTHING, type RestGroup, text, TEXT } from './rest-command.js';

export const models: RestGroup = {
  name: 'models',
  says: 'what can be asked for, by a client key',
  port: 'clients',
  commands: [
    {
      verb: 'list',
      says: 'list models',
      call: 'GET /v1/models',
      shown: listOf(
        'data',
        ['MODEL', 'id'],
        ['PROVIDERS', 'owned_by'],
        ['WINDOW', 'context_window'],
        ['OUTPUT', 'max_output_tokens'],
        ['TAKES', 'input_modalities'],
      ),
    },
    { verb: 'get', says: 'show a model', call: 'GET /v1/models/{name}', shown: MEMBERS },
  ],
};

export const circuits: RestGroup = {
  name: 'circuits',
  says: 'deployments that something has gone wrong with',
  commands: [
    {
      verb: 'list',
      says: 'list circuits',
      call: 'GET /admin/circuits',
      shown: listOf('circuits', ['DEPLOYMENT', 'deployment'], ['STATE', 'state']),
    },
  ],
};

export const cache: RestGroup = {
  name: 'cache',
  says: 'answers that are given again',
  commands: [
    {
      verb: 'clear',
      says: 'have answers forgotten',
      call: 'POST /admin/cache/clear',
      body: [text('key', 'those of this key'), text('model', 'those of this model')],
      shown: NOTHING,
    },
  ],
};

export const metrics: RestGroup = {
  name: 'metrics',
  says: 'what Prometheus reads',
  commands: [{ verb: 'show', says: 'print the metrics', call: 'GET /metrics', shown: TEXT }],
};
