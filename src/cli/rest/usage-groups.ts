import { PRICE_COMMANDS } from './provider-groups.js';
import { type Field, flag, list, listOf, MEMBERS, PAGE, pageOf, type RestGroup, text, whole } from './rest-command.js';

const TIMES: readonly Field[] = [text('from', 'from this day or time on'), text('to', 'before this day or time')];

const USAGE: readonly Field[] = [
  ...TIMES,
  text('key', 'of the key of this id or name'),
  text('team', 'of this team'),
  text('organization', 'of this organisation'),
  text('endUser', 'of this end user'),
  text('tag', 'of this tag'),
  text('model', 'of this model, after aliases'),
  text('provider', 'of this provider'),
  text('operation', 'of this operation: chat, embeddings, …'),
  text('status', 'completed, failed or aborted'),
  text('grade', 'exact, estimated or none'),
];

/** Its answer is no JSON, and may be long. */
export const USAGE_EXPORT = { call: 'GET /admin/usage/export', query: [...USAGE, text('format', 'csv or ndjson')] };

export const usage: RestGroup = {
  name: 'usage',
  says: 'what was used, and what it cost',
  commands: [
    {
      verb: 'records',
      says: 'list records of calls, the newest first',
      call: 'GET /admin/usage/records',
      query: [...USAGE, ...PAGE],
      shown: pageOf(
        'records',
        ['STARTED', 'startedAt'],
        ['REQUEST', 'requestId'],
        ['KEY', 'keyName'],
        ['TEAM', 'team'],
        ['MODEL', 'model'],
        ['PROVIDER', 'provider'],
        ['STATUS', 'status'],
        ['HTTP', 'httpStatus'],
        ['INPUT', 'tokens.inputUncached'],
        ['OUTPUT', 'tokens.output'],
        ['COST', 'cost'],
      ),
    },
    {
      verb: 'totals',
      says: 'add usage up',
      call: 'GET /admin/usage/totals',
      query: [list('by', 'by day, hour, key, team, organization, endUser, tag, model, provider, operation'), ...USAGE],
      shown: listOf(
        'totals',
        ['DAY', 'day'],
        ['HOUR', 'hour'],
        ['KEY', 'key.name'],
        ['TEAM', 'team'],
        ['ORGANIZATION', 'organization'],
        ['END USER', 'endUser'],
        ['TAG', 'tag'],
        ['MODEL', 'model'],
        ['PROVIDER', 'provider'],
        ['OPERATION', 'operation'],
        ['CALLS', 'calls'],
        ['FAILED', 'failed'],
        ['ABORTED', 'aborted'],
        ['INPUT', 'tokens.inputUncached'],
        ['OUTPUT', 'tokens.output'],
        ['COST', 'cost'],
        ['UNPRICED', 'unpriced'],
      ),
    },
  ],
};

export const budgets: RestGroup = {
  name: 'budgets',
  says: 'how the accounts of budgets stand',
  commands: [
    {
      verb: 'list',
      says: 'list accounts',
      call: 'GET /admin/budgets',
      query: [
        text('budget', 'of this budget'),
        text('kind', 'key, team, organization, end_user or everyone'),
        text('subject', 'whose account it is'),
        whole('limit', 'so many at most'),
      ],
      shown: listOf(
        'budgets',
        ['BUDGET', 'budget'],
        ['KIND', 'kind'],
        ['SUBJECT', 'subject'],
        ['PERIOD', 'period'],
        ['LIMIT', 'limit'],
        ['SPENT', 'spent'],
        ['RESERVED', 'reserved'],
        ['LEFT', 'left'],
        ['UNTIL', 'windowEnd'],
      ),
    },
  ],
};

export const prices: RestGroup = {
  name: 'prices',
  says: 'what calls cost',
  commands: [
    ...PRICE_COMMANDS,
    {
      verb: 'rerate',
      says: 'rate past calls anew',
      call: 'POST /admin/prices/rerate',
      body: [
        ...TIMES,
        text('provider', 'of this provider alone'),
        text('model', 'of this model alone'),
        flag('dryRun', 'only say what would change'),
      ],
      shown: MEMBERS,
    },
  ],
};

export const audit: RestGroup = {
  name: 'audit',
  says: 'what administrators did',
  commands: [
    {
      verb: 'list',
      says: 'list what was done, the newest first',
      call: 'GET /admin/audit',
      query: [
        ...TIMES,
        text('action', 'keys.create, …'),
        text('target', 'on this id or name'),
        text('tokenId', 'with the token of this id'),
        ...PAGE,
      ],
      shown: pageOf(
        'entries',
        ['NUMBER', 'number'],
        ['AT', 'at'],
        ['BY', 'tokenName'],
        ['ACTION', 'action'],
        ['TARGET', 'target'],
        ['REQUEST', 'requestId'],
      ),
    },
    {
      verb: 'verify',
      says: 'go through the log; fails where a line is not as it was written',
      call: 'GET /admin/audit/verify',
      query: [whole('number', 'a line that was noted elsewhere'), text('hash', 'and its hash')],
      shown: MEMBERS,
      isBad: ({ isWhole }) => isWhole !== true,
    },
  ],
};
