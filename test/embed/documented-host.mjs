// A host made of the code of docs/embed-in-nest.md, as it stands there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** What the shorter examples mean, which are no files. */
const AROUND = `
import { Global, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { EntraCredential, GatewayModule, PersistenceModule } from 'nestgate';
import { DataSource } from 'typeorm';
import { ContractPrices } from './contract-prices.js';
import { database } from './database.js';
import { StaffGuard, StaffModule } from './staff.js';
import { StaffResolver } from './staff.resolver.js';
import { TableStore } from './table-store.js';

class Settings { gatewayKey = ''; masterKey = Buffer.alloc(32); databaseUrl = ''; }
class SettingsModule {}
class DatabaseModule {}
const getDataSourceToken = (name: string) => \`\${name}DataSource\`;
class OurCredential { getToken = () => Promise.resolve({ token: '', expiresOnTimestamp: 0 }); }
`;

/** Writes each example into the file that its first line names, and the others into one. */
export function writeDocumented(page, folder) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const text = readFileSync(page, 'utf8');
  const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code);
  const others = [];
  for (const code of blocks) {
    const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    if (name !== undefined) writeFileSync(join(folder, name), code);
    else if (code.startsWith('GatewayModule')) others.push(`export const of${others.length} = [\n${code}];`);
    else if (code.startsWith('storage:')) others.push(`export const of${others.length} = {\n${code}};`);
    else others.push(code);
  }
  assert.ok(blocks.length > 8 && others.length > 4, 'There are fewer examples than there were.');
  writeFileSync(join(folder, 'others.ts'), AROUND + others.join('\n'));
  // What the page says of each request is what is asked.
  const [, transcript] = /^```text\n([^]*?)^```$/m.exec(text);
  writeFileSync(join(folder, 'transcript.txt'), transcript);
}

/** Starts it, and asks what the page shows. */
export async function askDocumented(folder, { databaseUrl, key }) {
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
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
