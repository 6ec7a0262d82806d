// The package as hosts have it: packed, installed into a folder of its own, built and asked there, on each combination of
// Nest's versions, its platforms and Node's two kinds of modules. With names (`12 fastify cjs`) only what has them all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHost } from '../test/embed/ask-host.mjs';
import { askDocumented, writeDocumented } from '../test/embed/documented-host.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const hosts = join(root, 'test/embed/host');
const wanted = process.argv.slice(2);
const KEY = 'sk-acme-0123456789abcdef';

const combinations = ['11', '12'].flatMap((nest) =>
  ['express', 'fastify'].flatMap((platform) => ['esm', 'cjs'].map((kind) => ({ nest, platform, kind }))),
);
const chosen = combinations.filter(({ nest, platform, kind }) =>
  wanted.every((name) => [nest, platform, kind].includes(name)),
);

async function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
  return output;
}

/** A folder with one version of Nest and the package, for the hosts on both platforms, of both kinds. */
async function install(folder, nest, tarball) {
  mkdirSync(folder);
  const packages = ['common', 'core', 'platform-express', 'platform-fastify'];
  const dependencies = {
    ...Object.fromEntries(packages.map((name) => [`@nestjs/${name}`, `^${nest}`])),
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
    '@nestjs/testing': `^${nest}`,
    '@types/express': '^5.0.0',
    nestgate: `file:${tarball}`,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  await run('npm', ['install', '--omit=optional', ...quiet], folder);
}

/** All hosts in a folder at once: each file is of the kind that the package.json beside it says. */
async function build(folder, hostsHere) {
  for (const { platform, kind } of hostsHere) {
    const host = join(folder, `${platform}-${kind}`);
    mkdirSync(host);
    writeFileSync(join(host, 'package.json'), JSON.stringify({ type: kind === 'esm' ? 'module' : 'commonjs' }));
    cpSync(join(hosts, 'app.module.ts'), join(host, 'app.module.ts'));
    cpSync(join(hosts, `main.${platform}.ts`), join(host, 'main.ts'));
  }
  writeDocumented(join(root, 'docs/embed-in-nest.md'), join(folder, 'documented'));
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*/*.ts'] }));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
}

async function tryHost(folder, { nest, platform, kind }) {
  const child = spawn(process.execPath, ['main.js'], {
    cwd: join(folder, `${platform}-${kind}`),
    env: { PATH: process.env.PATH, GATEWAY_KEY: KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listening = new Promise((resolve) => {
    const hear = (bytes) => {
      output += bytes;
      const url = /listens on (\S+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
  const closed = once(child, 'close');
  const ended = closed.then(() => {
    throw new Error('it ended');
  });
  try {
    await askHost(await Promise.race([listening, ended]), KEY);
    child.kill('SIGTERM');
    await closed;
    if (/ WARN /.test(output)) throw new Error('it has complained');
    console.log(`Nest ${nest} on ${platform}, ${kind}: well`);
  } catch (error) {
    throw new Error(`Nest ${nest} on ${platform}, ${kind}:\n${output}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
  }
}

async function tryDocumented(folder, nest) {
  const databaseUrl = process.env.TEST_DATABASE_URL;
  if (databaseUrl === undefined) {
    console.log(`Nest ${nest} as documented: built, and not started, which takes a TEST_DATABASE_URL`);
    return;
  }
  await askDocumented(join(folder, 'documented'), { databaseUrl, key: KEY });
  console.log(`Nest ${nest} as documented: well`);
}

const home = mkdtempSync(join(tmpdir(), 'nestgate-embed-'));
try {
  const packed = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], root));
  const tarball = join(home, packed[0].filename);
  const versions = [...new Set(chosen.map(({ nest }) => nest))];
  await Promise.all(
    versions.map(async (nest) => {
      const folder = join(home, `nest-${nest}`);
      const here = chosen.filter((one) => one.nest === nest);
      await install(folder, nest, tarball);
      await build(folder, here);
      for (const one of here) await tryHost(folder, one);
      await tryDocumented(folder, nest);
    }),
  );
  console.log(`Hosts: ${chosen.length} passed, 0 failed`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
