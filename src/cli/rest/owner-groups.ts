import { type Field, flag, json, list, MEMBERS, NOTHING, PAGE, pageOf, type RestGroup, text } from './rest-command.js';

/** What keys, teams and organisations say alike. */
export const LIMITS: readonly Field[] = [
  list('models', 'models that may be used'),
  json('budgets', 'what may be spent, as JSON'),
  json('rateLimits', 'how much may be asked, as JSON'),
  json('metadata', 'whatever is to be known, as JSON'),
];

const OWNER: readonly Field[] = [...LIMITS, flag('disabled', 'all its keys are refused')];
const NAME = text('name', 'by which it is named, for good');
const ORGANIZATION = text('organization', 'the organisation that it belongs to');

function owners(name: 'teams' | 'organizations', one: string, own: readonly Field[]): RestGroup {
  return {
    name,
    says: `${one}s, above the keys that name them`,
    commands: [
      {
        verb: 'list',
        says: `list ${one}s`,
        call: `GET /admin/${name}`,
        query: [...own, ...PAGE],
        shown: pageOf(
          name,
          ['NAME', 'name'],
          ['ORGANIZATION', 'organization'],
          ['MODELS', 'models'],
          ['DISABLED', 'disabled'],
          ['CREATED', 'createdAt'],
        ),
      },
      { verb: 'get', says: `show one`, call: `GET /admin/${name}/{name}`, shown: MEMBERS },
      {
        verb: 'create',
        says: `make one`,
        call: `POST /admin/${name}`,
        body: [NAME, ...own, ...OWNER],
        isIdempotent: true,
        shown: MEMBERS,
      },
      {
        verb: 'update',
        says: 'change one',
        call: `PATCH /admin/${name}/{name}`,
        body: [...own, ...OWNER],
        isPatch: true,
        ifMatch: 'required',
        shown: MEMBERS,
      },
      {
        verb: 'delete',
        says: 'remove one that nothing names',
        call: `DELETE /admin/${name}/{name}`,
        ifMatch: 'required',
        shown: NOTHING,
      },
    ],
  };
}

export const teams = owners('teams', 'team', [ORGANIZATION]);
export const organizations = owners('organizations', 'organisation', []);
