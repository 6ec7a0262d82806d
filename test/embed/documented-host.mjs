// A host made of the code of docs/embed-in-nest.md, as it stands there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the shorter examples mean, which are no files. */
const AROUND = `
import { Global, Injectable, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { getDataSourceToken } from '@nestjs/typeorm';
import { EntraCredential, GatewayModule, PersistenceModule } from 'nestgate';
import { DataSource } from 'typeorm';
import { ContractPrices } from './contract-prices.js';
import { database } from './database.js';
import { StaffGuard, StaffModule } from './staff.js';
import { StaffResolver } from './staff.resolver.js';
import { TableStore } from './table-store.js';

@Injectable()
class Settings {
  gatewayKey = process.env.GATEWAY_KEY ?? '';
  masterKey = Buffer.alloc(32, 7);
  databaseUrl = process.env.DATABASE_URL ?? '';
}
@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

const connected = () => new DataSource({ type: 'postgres', url: process.env.DATABASE_URL ?? '' }).initialize();
@Module({ providers: [{ provide: DataSource, useFactory: connected }], exports: [DataSource] })
class DatabaseModule {
  constructor(private readonly dataSource: DataSource) {}

  onApplicationShutdown() {
    return this.dataSource.destroy();
  }
}

class OurCredential {
  getToken = () => Promise.resolve({ token: '', expiresOnTimestamp: 0 });
}
`;
/** What the shorter examples call what they make. */
const MADE = 'export { adapter };\n';

/**
 * Writes each example into the file that its first line names, and the others into one, which exports them under the
 * headings that they stand below.
 */
export function writeDocumented(page, folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  cpSync(fileURLToPath(new URL('documented-parts.mjs', import.meta.url)), join(folder, 'documented-parts.mjs'));
  const text = readFileSync(page, 'utf8');
  const others = new Map();
  let heading = '';
  for (const [, title, code] of text.matchAll(/^##+ (.+)$|^```ts\n([^]*?)^```$/gm)) {
    if (title !== undefined) heading = camelCased(title);
    else writeExample(folder, code, heading, others);
  }
  writeFileSync(join(folder, 'others.ts'), [AROUND, ...others.values(), MADE].join('\n'));
  // What the page says of each request is what is asked.
  const [, transcript] = /^```text\n([^]*?)^```$/m.exec(text);
  writeFileSync(join(folder, 'transcript.txt'), transcript);
}

function writeExample(folder, code, heading, others) {
  const file = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
  if (file !== undefined) {
    writeFileSync(join(folder, file), code);
    return;
  }
  const name = others.has(heading) ? `${heading}2` : heading;
  assert.ok(!others.has(name), `There are three examples under one heading: ${heading}`);
  if (code.startsWith('GatewayModule')) others.set(name, `export const ${name} = [\n${code}];`);
  else if (code.startsWith('storage:')) others.set(name, `export const ${name} = {\n${code}};`);
  else others.set(name, code);
}

/** `The host's own DataSource` as `theHostsOwnDataSource`. */
function camelCased(title) {
  const name = title.replaceAll("'", '').replaceAll(/[^a-z]+(.)/gi, (_match, letter) => letter.toUpperCase());
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Starts it, asks what the page shows, and has the other examples run. */
export async function askDocumented(folder, { databaseUrl, key, adminToken }) {
  await askMain(folder, { databaseUrl, key });
  const child = spawn(process.execPath, ['documented-parts.mjs'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      GATEWAY_KEY: key,
      ADMIN_TOKEN: adminToken,
      NESTGATE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const hear = (bytes) => (output += bytes);
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [status] = await once(child, 'close');
  assert.equal(status, 0, output);
}

async function askMain(folder, { databaseUrl, key }) {
  const port = await freePort();
  const child = spawn(process.execPath, ['main.js'], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, GATEWAY_KEY: key, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const hear = (bytes) => (output += bytes);
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const closed = once(child, 'close');
  try {
    while (!output.includes('successfully started')) {
      assert.equal(child.exitCode, null, output);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const url = `http://127.0.0.1:${port}`;
    for (const line of readFileSync(join(folder, 'transcript.txt'), 'utf8').trim().split('\n')) {
      const [, method, path, expected] = /^(\S+) (\S+) +(\S.*)$/.exec(line);
      const body = method === 'POST' ? { body: JSON.stringify({ item: 'tea' }) } : {};
      const response = await retried(() =>
        fetch(url + path, { method, headers: { 'content-type': 'application/json' }, ...body }),
      );
      assert.equal(await response.text(), expected, line);
    }
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'Hello there!' }] }),
    });
    assert.equal((await answer.json()).choices[0].message.content, 'Hello there!');
    child.kill('SIGTERM');
    await closed;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Nest says that it has started a moment before it listens. */
async function retried(ask) {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort() {
  // Below those that systems give to whoever asks for any: nobody is given it between now and its use.
  const server = createServer().listen(20_000 + randomInt(12_000), '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
