import assert from 'node:assert/strict';

const MESSAGES = [{ role: 'user', content: 'Hello there!' }];

/** A host of `test/embed/host/database.module.ts`. What it has to say of its records is asked of its database. */
export class DatabaseHost {
  #secret;

  /** @param sql runs a statement in its database, and gives the rows. */
  constructor(key, adminToken, sql) {
    this.key = key;
    this.adminToken = adminToken;
    this.sql = sql;
  }

  async askFirst(url) {
    assert.deepEqual(await (await fetch(`${url}/orders/1`)).json(), { id: 1, item: 'tea' });
    const made = await post(`${url}/ai/admin/keys`, { name: 'web' }, this.adminToken);
    assert.equal(made.status, 201, made.text);
    const { id, secret } = JSON.parse(made.text);
    assert.equal(made.headers.get('location'), `/ai/admin/keys/${id}`);
    this.#secret = secret;
    await this.#chat(`${url}/ai`, secret);
    await this.#stream(`${url}/ai`, secret);
    await this.#chat(`${url}/shared`, secret);
    await this.#chat(`${url}/archive`, this.key);
    assert.equal((await post(`${url}/archive/v1/chat/completions`, {}, secret)).status, 401);
  }

  /** After it was stopped and started again. */
  async askAgain(url) {
    await this.#chat(`${url}/ai`, this.#secret);
  }

  /** After it was stopped, when all records are stored. */
  async checkDatabase() {
    const records = (schema) =>
      this.sql(`SELECT key_name, status, streaming FROM ${schema}.usage_record ORDER BY started_at`);
    const completed = (keyName, streaming) => ({ key_name: keyName, status: 'completed', streaming });
    assert.deepEqual(await records('llm_gateway'), [
      completed('web', false),
      completed('web', true),
      completed('web', false),
      completed('web', false),
    ]);
    assert.deepEqual(await records('llm_archive'), [completed('acme', false)]);

    const migrations = async (table) =>
      (await this.sql(`SELECT name FROM ${table} ORDER BY id`)).map(({ name }) => name);
    const ours = await migrations('llm_gateway.migration');
    assert.ok(ours.length > 10, ours.join());
    assert.deepEqual(await migrations('llm_archive.migration'), ours);
    assert.deepEqual(await migrations('public.archive_migrations'), ours);
    assert.deepEqual(await migrations('public.migrations'), ['CreateOrders1700000000000']);
    const tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`;
    const names = (await this.sql(tables)).map(({ table_name: name }) => name);
    assert.deepEqual(names, ['archive_migrations', 'migrations', 'order']);
  }

  async #chat(gateway, key) {
    const { status, text } = await post(`${gateway}/v1/chat/completions`, chatOf({}), key);
    assert.equal(status, 200, text);
    assert.equal(JSON.parse(text).choices[0].message.content, 'Hello there!');
  }

  async #stream(gateway, key) {
    const { status, text } = await post(`${gateway}/v1/chat/completions`, chatOf({ stream: true }), key);
    assert.equal(status, 200, text);
    assert.ok(text.includes('"content":"Hello"') && text.endsWith('data: [DONE]\n\n'), text);
  }
}

const chatOf = (members) => ({ model: 'simulator/echo', messages: MESSAGES, ...members });

async function post(url, body, key) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
