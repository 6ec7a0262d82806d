import {
  type Field,
  flag,
  json,
  list,
  listOf,
  MEMBERS,
  NOTHING,
  PAGE,
  pageOf,
  type RestCommand,
  type RestGroup,
  text,
  whole,
} from './rest-command.js';

const SOURCE = text('source', 'stored or configuration');

const PROVIDER: readonly Field[] = [
  text('kind', 'which adapter speaks to it: openai, anthropic, …'),
  flag('discover', 'its models are those that it lists itself'),
  text('baseUrl', 'where its API is'),
  // Others can see what is typed.
  text('apiKey', 'its key; in --data, others do not see it'),
  list('apiKeys', 'several keys; in --data, others do not see them'),
  text('accessKeyId', 'of Bedrock'),
  text('secretAccessKey', 'of Bedrock; in --data, others do not see it'),
  text('sessionToken', 'of Bedrock; in --data, others do not see it'),
  json('headers', 'headers of every request, as JSON'),
  text('apiVersion', 'of Azure'),
  text('region', 'of Bedrock and Vertex'),
  text('project', 'of Vertex'),
  whole('weight', 'its share of the requests'),
  whole('maxRetries', 'tries after the first'),
  whole('timeout', 'milliseconds for a try'),
  whole('connectTimeout', 'milliseconds to connect'),
  whole('idleTimeout', 'milliseconds between two pieces of an answer'),
  whole('maxConcurrency', 'tries under way at most'),
  whole('maxWait', 'milliseconds that a call waits for a place'),
  json('rateLimits', 'what it takes, as JSON'),
];

const DEPLOYMENT: readonly Field[] = [
  text('upstreamModel', 'what the provider calls it'),
  json('facts', 'what it can do, as JSON'),
  json('rateLimits', 'what the provider takes of it, as JSON'),
];

const ALIAS: readonly Field[] = [text('model', 'the model that it stands for')];

/** What is done to all that requests are routed by. */
function life(
  path: `/admin/${string}`,
  one: string,
  made: readonly Field[],
  changed: readonly Field[],
): Record<'get' | 'create' | 'update' | 'delete', RestCommand> {
  return {
    get: { verb: 'get', says: `show ${one}`, call: `GET ${path}/{name}`, shown: MEMBERS },
    create: {
      verb: 'create',
      says: `make ${one}`,
      call: `POST ${path}`,
      body: [...made, ...changed],
      isIdempotent: true,
      shown: MEMBERS,
    },
    update: {
      verb: 'update',
      says: `change ${one}`,
      call: `PATCH ${path}/{name}`,
      body: changed,
      isPatch: true,
      ifMatch: 'required',
      shown: MEMBERS,
    },
    delete: {
      verb: 'delete',
      says: `remove ${one}`,
      call: `DELETE ${path}/{name}`,
      ifMatch: 'required',
      shown: NOTHING,
    },
  };
}

const ofProviders = life('/admin/providers', 'a provider', [text('name', 'by which it is named, for good')], PROVIDER);

export const providers: RestGroup = {
  name: 'providers',
  says: 'who serves models',
  commands: [
    {
      verb: 'list',
      says: 'list providers',
      call: 'GET /admin/providers',
      query: [text('kind', 'of this kind'), SOURCE, ...PAGE],
      shown: pageOf(
        'providers',
        ['NAME', 'name'],
        ['KIND', 'kind'],
        ['SOURCE', 'source'],
        ['BASE URL', 'baseUrl'],
        ['WEIGHT', 'weight'],
        ['CHANGED', 'updatedAt'],
      ),
    },
    ofProviders.get,
    ofProviders.create,
    ofProviders.update,
    ofProviders.delete,
    {
      verb: 'test',
      says: 'ask it for real, behind each of its keys; ends with 1 where it does not answer',
      call: 'POST /admin/providers/{name}/test',
      body: [text('model', 'a model of chats')],
      shown: MEMBERS,
      isBad: ({ ok }) => ok !== true,
    },
    {
      verb: 'models',
      says: 'list the models that it tells',
      call: 'GET /admin/providers/{name}/models',
      shown: MEMBERS,
    },
    {
      verb: 'rekey',
      says: 'seal all secrets under the master key of now; ends with 1 where one cannot be read',
      call: 'POST /admin/providers/rekey',
      shown: MEMBERS,
      isBad: ({ unreadable }) => Array.isArray(unreadable) && unreadable.length > 0,
    },
  ],
};

const ofDeployments = life(
  '/admin/deployments',
  'a deployment, <provider>/<model>',
  [text('provider', 'the name of its provider'), text('model', 'what clients call it')],
  DEPLOYMENT,
);

export const deployments: RestGroup = {
  name: 'deployments',
  says: 'which models are at which providers',
  commands: [
    {
      verb: 'list',
      says: 'list deployments',
      call: 'GET /admin/deployments',
      query: [text('provider', 'of this provider'), text('model', 'of this model'), SOURCE, ...PAGE],
      shown: pageOf(
        'deployments',
        ['NAME', 'name'],
        ['UPSTREAM MODEL', 'upstreamModel'],
        ['SOURCE', 'source'],
        ['CHANGED', 'updatedAt'],
      ),
    },
    ...Object.values(ofDeployments),
  ],
};

export const aliases: RestGroup = {
  name: 'aliases',
  says: 'other names of models',
  commands: [
    {
      verb: 'list',
      says: 'list aliases',
      call: 'GET /admin/aliases',
      query: [text('model', 'of this model'), SOURCE, ...PAGE],
      shown: pageOf('aliases', ['NAME', 'name'], ['MODEL', 'model'], ['SOURCE', 'source'], ['CHANGED', 'updatedAt']),
    },
    ...Object.values(life('/admin/aliases', 'an alias', [text('name', 'what clients ask for')], ALIAS)),
  ],
};

const PRICE: readonly Field[] = [
  text('provider', 'of calls of this provider'),
  text('model', 'of calls of this model'),
  text('validFrom', 'holds from this day or time on'),
  text('validUntil', 'holds no longer from this day or time on'),
  text('like', 'the price of the catalogue that it stands for, <kind>/<model>'),
  text('input', 'USD for a million tokens read'),
  text('cacheRead', 'of those from a cache'),
  text('cacheWrite5m', 'of those written to a cache'),
  text('cacheWrite1h', 'of those written to one for an hour'),
  text('inputAudio', 'of those heard'),
  text('inputImage', 'of those seen'),
  text('output', 'USD for a million tokens written'),
  text('reasoning', 'of those of reasoning'),
  text('outputAudio', 'of those spoken'),
  text('outputImage', 'of those of images made'),
  text('image', 'USD for an image'),
  json('images', 'by size and quality, as JSON'),
  text('second', 'USD for a second heard'),
  text('character', 'USD for a character spoken'),
  text('search', 'USD for a search'),
  text('request', 'USD for a call'),
  json('longContext', 'of calls that read much, as JSON'),
  json('serviceTiers', 'prices by the tier of service, as JSON'),
];

const PRICE_COLUMNS = [
  ['ID', 'id'],
  ['PROVIDER', 'provider'],
  ['MODEL', 'model'],
  ['FROM', 'validFrom'],
  ['INPUT', 'input'],
  ['OUTPUT', 'output'],
  ['SOURCE', 'source'],
  ['CHANGED', 'updatedAt'],
  ['VERSION', 'version'],
] as const;

/** Beside rating past calls anew. */
export const PRICE_COMMANDS: readonly RestCommand[] = [
  {
    verb: 'list',
    says: 'list prices of your own',
    call: 'GET /admin/prices',
    query: [text('provider', 'of this provider'), text('model', 'of this model'), SOURCE, ...PAGE],
    shown: pageOf('prices', ...PRICE_COLUMNS),
  },
  { verb: 'get', says: 'show a price', call: 'GET /admin/prices/{id}', shown: MEMBERS },
  {
    verb: 'versions',
    says: 'list what a price has said',
    call: 'GET /admin/prices/{id}/versions',
    shown: listOf('prices', ...PRICE_COLUMNS),
  },
  {
    verb: 'create',
    says: 'make a price',
    call: 'POST /admin/prices',
    body: PRICE,
    isIdempotent: true,
    shown: MEMBERS,
  },
  {
    verb: 'update',
    says: 'change a price for calls from now on',
    call: 'PATCH /admin/prices/{id}',
    body: PRICE,
    isPatch: true,
    ifMatch: 'required',
    shown: MEMBERS,
  },
  { verb: 'delete', says: 'remove a price', call: 'DELETE /admin/prices/{id}', ifMatch: 'required', shown: NOTHING },
];
