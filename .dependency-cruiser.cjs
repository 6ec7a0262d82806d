/**
 * Who may import whom: docs/architecture.md says why. What is not listed is forbidden.
 * @type {Record<string, string[]>}
 */
const MAY_IMPORT = {
  collections: [],
  protocol: [],
  http: [],
  catalogue: [],
  errors: ['protocol', 'http'],
  upstream: ['collections', 'errors'],
  redis: [],
  limits: ['collections', 'redis'],
  providers: ['protocol', 'errors', 'upstream'],
  auth: ['collections', 'errors', 'protocol', 'http'],
  events: ['protocol', 'errors', 'upstream', 'auth'],
  dispatch: ['collections', 'providers', 'events', 'errors', 'upstream', 'protocol', 'catalogue'],
  routing: ['config', 'auth', 'dispatch', 'errors'],
  pricing: ['collections', 'config', 'events', 'protocol', 'catalogue'],
  extensions: ['collections', 'auth', 'events', 'errors', 'protocol', 'pricing', 'redis', 'upstream', 'limits'],
  streaming: ['collections', 'events', 'errors', 'providers', 'protocol'],
  admin: [
    'config',
    'endpoints',
    'auth',
    'extensions',
    'routing',
    'dispatch',
    'pricing',
    'events',
    'errors',
    'protocol',
  ],
  endpoints: ['collections', 'auth', 'extensions', 'dispatch', 'streaming', 'events', 'errors', 'protocol', 'http'],
  persistence: ['collections', 'admin', 'auth', 'extensions', 'routing', 'errors', 'protocol'],
  config: ['errors', 'pricing'],
  testing: ['protocol'],
};

/** The options are every part's business. */
const OPTIONS = '^src/[^/]+\\.(options|settings)\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src', pathNot: '\\.spec\\.ts$' },
      // The libraries of the clouds are optional peers, installed here for the tests.
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'nothing-imports-server',
      comment: 'server/ is what only the standalone server needs; a host never loads it.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(server/|cli/|main\\.ts$|app\\.module\\.ts$)' },
      to: { path: '^src/server/' },
    },
    {
      name: 'nothing-imports-cli',
      comment: 'cli/ is the command line: a server never loads it, nor does a host.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(cli/|main\\.ts$)' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'brothers-are-strangers',
      comment: 'What two of them share moves up a folder.',
      severity: 'error',
      from: { path: '^src/(admin|endpoints|extensions|providers)/([^/]+)/' },
      to: { path: '^src/$1/[^/]+/', pathNot: '^src/$1/$2/' },
    },
    {
      name: 'dispatch-knows-no-provider',
      severity: 'error',
      from: { path: '^src/(dispatch|streaming|events|endpoints)/' },
      to: { path: '^src/providers/[^/]+/' },
    },
    {
      name: 'only-modules-import-persistence',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(persistence/|server/|cli/|index\\.ts$|[^/]+\\.module\\.ts$)' },
      to: { path: '^src/persistence/' },
    },
    ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: [OPTIONS, ...[folder, ...allowed].map((name) => `^src/${name}/`)] },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // Built where hosts have what they need: scripts/try-embedding.mjs.
    exclude: {
      path: '^test/embed/(host/(main\\.fastify|database\\.module)\\.ts|(documented-parts|test-server)\\.mjs)$',
    },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
