import assert from 'node:assert/strict';

/** What a host of `test/embed/host` must do, whatever it runs on. */
export async function askHost(url, key) {
  const ask = async (path, { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = {}) => {
    const isForm = body instanceof FormData;
    const response = await fetch(url + path, {
      method,
      headers: { ...(isForm || body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text };
  };
  const partner = { authorization: `Bearer ${key}` };
  const chat = { model: 'simulator/echo', messages: [{ role: 'user', content: 'Hello there!' }] };
  const chats = '/ai/v1/chat/completions';

  // A chat, whole and streamed; the list of models; a form.
  const whole = await ask(chats, { body: chat, headers: partner });
  assert.equal(whole.status, 200, whole.text);
  assert.equal(JSON.parse(whole.text).choices[0].message.content, 'Hello there!');
  assert.match(whole.headers.get('content-type') ?? '', /^application\/json/);
  assert.ok(whole.headers.get('x-request-id'));
  const streamed = await ask(chats, { body: { ...chat, stream: true }, headers: partner });
  assert.equal(streamed.status, 200, streamed.text);
  assert.match(streamed.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.ok(streamed.text.includes('"content":"Hello"') && streamed.text.endsWith('data: [DONE]\n\n'), streamed.text);
  assert.match((await ask('/ai/v1/models', { headers: partner })).text, /"object":"list"/);
  const form = new FormData();
  form.set('model', 'simulator/echo');
  form.set('file', new Blob(['RIFF']), 'words.wav');
  const transcription = await ask('/ai/v1/audio/transcriptions', { body: form, headers: partner });
  assert.equal(transcription.status, 200, transcription.text);

  // Errors of the gateway in OpenAI's form, also of what the guard and the checks refuse.
  const errorOf = ({ status, text }) => [status, JSON.parse(text).error?.code, JSON.parse(text).error?.message];
  assert.deepEqual(errorOf(await ask(chats, { body: chat })).slice(0, 2), [401, 'missing_api_key']);
  const noModel = await ask(chats, { body: { messages: chat.messages }, headers: partner });
  assert.deepEqual(errorOf(noModel).slice(0, 2), [400, 'missing_required_parameter']);
  const unknown = await ask('/ai/v1/models/a/b/c', { headers: partner });
  assert.deepEqual(errorOf(unknown).slice(0, 2), [404, 'model_not_found']);
  const other = await ask(chats);
  assert.deepEqual([other.status, other.headers.get('allow')], [405, 'POST'], other.text);

  // The host says who calls the second gateway, and its guard comes first.
  const staff = '/staff/v1/chat/completions';
  const named = { ...chat, model: 'other/echo' };
  assert.equal((await ask(staff, { body: named, headers: { 'x-login': 'ada' } })).status, 200);
  assert.deepEqual(errorOf(await ask(staff, { body: named })).slice(0, 2), [401, 'unauthenticated']);
  assert.deepEqual(errorOf(await ask(staff, { body: named, headers: { 'x-login': 'eve' } })), [403, null, 'Not you.']);

  // The two are apart.
  assert.equal((await ask(staff, { body: named, headers: partner })).status, 401);
  assert.equal((await ask(chats, { body: named, headers: partner })).status, 404);
  assert.equal((await ask(staff, { body: chat, headers: { 'x-login': 'ada' } })).status, 404);

  // The host's own routes: pipes, errors, body limit; and what the gateway does not serve is the host's.
  assert.equal((await ask('/orders/1')).text, '{"id":1}');
  assert.deepEqual(JSON.parse((await ask('/orders/x')).text), {
    message: 'Validation failed (numeric string is expected)',
    error: 'Bad Request',
    statusCode: 400,
  });
  assert.equal((await ask('/orders', { body: { tea: 1 } })).text, '{"created":{"tea":1}}');
  assert.equal((await ask('/orders', { body: { tea: 'x'.repeat(200_000) } })).status, 413);
  for (const path of ['/nothing', '/v1/models', '/staff/v1/models', '/ai']) {
    const { status, text } = await ask(path);
    assert.deepEqual([status, JSON.parse(text).message], [404, `Cannot GET ${path}`]);
  }

  // Its own calls.
  assert.equal((await ask('/summary')).text, '{"whole":"From within","streamed":"From within"}');
}
