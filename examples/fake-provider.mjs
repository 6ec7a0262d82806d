// A stand-in for a provider of OpenAI's dialect, to try the gateway without an account anywhere:
//   node examples/fake-provider.mjs <port> [name] [status]
// It serves one model, `small`, and says its own name. With a status such as 503 every chat request fails with it.
import { createServer } from 'node:http';

const [port = '9001', name = 'fake', status = '200'] = process.argv.slice(2);

createServer(async (request, response) => {
  if (request.method === 'GET')
    return send(response, 200, { object: 'list', data: [{ id: 'small', object: 'model' }] });
  if (!request.url.endsWith('/chat/completions')) {
    request.resume();
    return send(response, 404, { error: { message: `${name} does chats only`, type: 'invalid_request_error' } });
  }
  const { stream = false, stream_options: options } = JSON.parse(await textOf(request));
  if (status !== '200') {
    const error = { message: `${name} is out of order`, type: 'server_error', param: null, code: 'out_of_order' };
    return send(response, Number(status), { error });
  }
  const content = `This is ${name}.`;
  const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
  const common = { id: `chatcmpl-${name}`, created: 1_760_000_000, model: 'small' };
  if (!stream) {
    const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
    return send(response, 200, { ...common, object: 'chat.completion', choices, usage });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const write = (choices, counted) => {
    const chunk = { ...common, object: 'chat.completion.chunk', choices, ...counted };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  write([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]);
  for (const word of content.match(/\s*\S+/g) ?? [])
    write([{ index: 0, delta: { content: word }, finish_reason: null }]);
  write([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  if (options?.include_usage === true) write([], { usage });
  response.end('data: [DONE]\n\n');
}).listen(Number(port), '127.0.0.1', () => process.stdout.write(`${name} listens on http://127.0.0.1:${port}/v1\n`));

async function textOf(request) {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return text;
}

function send(response, code, body) {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
