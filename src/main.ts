#!/usr/bin/env node
import 'reflect-metadata';

const words = process.argv.slice(2);
// Each loads what it needs alone: a server knows nothing of commands, and most of them nothing of a server.
if (words.length === 0 || (words.length === 1 && words[0] === 'serve')) {
  const { serve } = await import('./server/serve.js');
  await serve();
} else {
  const { run } = await import('./cli/run.js');
  const { stdin, stdout, stderr, env } = process;
  // Whoever reads has had enough: `nestgate keys list | head`.
  stdout.on('error', () => process.exit(0));
  process.exitCode = await run(words, { stdin, stdout, stderr, env, directory: process.cwd() });
}
