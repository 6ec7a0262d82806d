import { defineConfig } from 'vitest/config';

/** The folder of another version of TypeORM, for the tests of persistence: hosts may have it. */
const typeorm = process.env['TEST_TYPEORM'];

export default defineConfig({
  // Nest injects by type: the transformer must emit decorator metadata.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  // Examples have the package as hosts do, by its name.
  resolve: {
    alias: {
      'nestgate/testing': new URL('src/testing.ts', import.meta.url).pathname,
      nestgate: new URL('src/index.ts', import.meta.url).pathname,
      ...(typeorm === undefined ? {} : { typeorm: `${typeorm}/index.mjs` }),
    },
  },
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts', 'examples/**/*.spec.ts', 'bench/**/*.spec.mjs'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres.global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A condition comes about when the machine gets to it.
    expect: { poll: { timeout: 20_000 } },
    // On two cores, too: most of the time tests wait, for sockets, servers and processes.
    maxWorkers: 3,
    // Half of all time went into loading the same modules again; there is no state in them to keep apart.
    isolate: false,
  },
});
