// The package as hosts have it: packed, installed into a folder of its own, built and asked there, on each combination of
// Nest's versions, its platforms and Node's two kinds of modules; with TypeORM 0.3 beside Nest 11 and TypeORM 1
// beside Nest 12. With names (`12 fastify cjs`, `11 database`) only what has them all. The database is that of
// TEST_DATABASE_URL, or an embedded one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHost } from '../test/embed/ask-host.mjs';
import { TestServer } from '../test/embed/test-server.mjs';
import { DatabaseHost } from '../test/embed/ask-database-host.mjs';
import { askDocumented, writeDocumented } from '../test/embed/documented-host.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const hosts = join(root, 'test/embed/host');
const wanted = process.argv.slice(2);
const KEY = 'sk-acme-0123456789abcdef';
const ADMIN_TOKEN = 'adm-0123456789abcdef';

/** The versions that are installed together. */
const TYPEORM = { 11: '^0.3.20', 12: '^1.0.0' };
/** `database` is on Express, on a data source of its own by `@nestjs/typeorm`; `documented`, what the page shows. */
const HOSTS = { express: ['esm', 'cjs'], fastify: ['esm', 'cjs'], database: ['esm', 'cjs'], documented: ['esm'] };

const combinations = ['11', '12'].flatMap((nest) =>
  Object.entries(HOSTS).flatMap(([host, kinds]) => kinds.map((kind) => ({ nest, host, kind }))),
);
const chosen = combinations.filter(({ nest, host, kind }) => wanted.every((name) => [nest, host, kind].includes(name)));

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
    '@nestjs/typeorm': `^${nest}`,
    pg: '^8.0.0',
    typeorm: TYPEORM[nest],
    '@types/express': '^5.0.0',
    nestgate: `file:${tarball}`,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  await run('npm', ['install', '--omit=optional', ...quiet], folder);
}

/** The server loads where nothing is installed that only some need: it gets as far as its port, which is none. */
function tryServer(folder) {
  const main = join(folder, 'node_modules/nestgate/dist/main.js');
  const env = { PATH: process.env.PATH, PORT: 'none' };
  const { status, stderr } = spawnSync(process.execPath, [main], { cwd: folder, env, encoding: 'utf8' });
  if (status !== 78) throw new Error(`The server of the package ended with ${status}:\n${stderr}`);
}

/** All hosts in a folder at once: each file is of the kind that the package.json beside it says. */
async function build(folder, hostsHere) {
  for (const { host, kind } of hostsHere) {
    if (host === 'documented') {
      writeDocumented(join(root, 'docs/embed-in-nest.md'), join(folder, host));
      continue;
    }
    const here = join(folder, `${host}-${kind}`);
    const [module, main] =
      host === 'database' ? ['database.module.ts', 'main.express.ts'] : ['app.module.ts', `main.${host}.ts`];
    mkdirSync(here);
    writeFileSync(join(here, 'package.json'), JSON.stringify({ type: kind === 'esm' ? 'module' : 'commonjs' }));
    cpSync(join(hosts, module), join(here, 'app.module.ts'));
    cpSync(join(hosts, main), join(here, 'main.ts'));
  }
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

/** Starts a host, has it asked, and stops it. It must have complained of nothing. */
async function withHost(cwd, environment, ask) {
  const child = spawn(process.execPath, ['main.js'], {
    cwd,
    env: { PATH: process.env.PATH, GATEWAY_KEY: KEY, ...environment },
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
    await ask(await Promise.race([listening, ended]));
    child.kill('SIGTERM');
    const [, signal] = await closed;
    // As Nest ends an application that has heard its shutdown hooks.
    if (signal !== 'SIGTERM') throw new Error(`it was ended by ${signal}`);
    if (/ WARN /.test(output)) throw new Error('it has complained');
    return output;
  } catch (error) {
    throw new Error(`${cwd}:\n${output}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
  }
}

async function tryHost(folder, { host, kind }, server) {
  const cwd = join(folder, `${host}-${kind}`);
  if (host === 'database') {
    const database = await server.create();
    const environment = { DATABASE_URL: database.url, ADMIN_TOKEN };
    const asking = new DatabaseHost(KEY, ADMIN_TOKEN, database.sql);
    await withHost(cwd, environment, (url) => asking.askFirst(url));
    await withHost(cwd, environment, (url) => asking.askAgain(url));
    await asking.checkDatabase();
  } else if (host === 'documented') {
    const { url: databaseUrl } = await server.create();
    await askDocumented(join(folder, host), { databaseUrl, key: KEY, adminToken: ADMIN_TOKEN });
  } else {
    const output = await withHost(cwd, {}, (url) => askHost(url, KEY));
    if (!output.includes('orders end by SIGTERM')) throw new Error(`The host's own hook was not called:\n${output}`);
  }
}

const home = mkdtempSync(join(tmpdir(), 'nestgate-embed-'));
// Where this runs as root, Postgres has a user of its own.
chmodSync(home, 0o711);
const server = new TestServer(join(home, 'postgres'));
try {
  const packed = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], root));
  const tarball = join(home, packed[0].filename);
  const versions = [...new Set(chosen.map(({ nest }) => nest))];
  await Promise.all(
    versions.map(async (nest) => {
      const folder = join(home, `nest-${nest}`);
      const here = chosen.filter((one) => one.nest === nest);
      await install(folder, nest, tarball);
      tryServer(folder);
      await build(folder, here);
      for (const one of here) {
        await tryHost(folder, one, server);
        console.log(`Nest ${nest}, TypeORM ${TYPEORM[nest]}, ${one.host}, ${one.kind}: well`);
      }
    }),
  );
  console.log(`Hosts: ${chosen.length} passed, 0 failed`);
} finally {
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
