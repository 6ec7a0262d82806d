import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Nest injects by type: the transformer must emit decorator metadata.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts', 'bench/**/*.spec.mjs'],
    setupFiles: ['reflect-metadata'],
    globalSetup: ['test/support/postgres.global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
