import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { nodeRequest, nodeResponse, takeResponse } from './node-http.js';

const request = (): IncomingMessage => new IncomingMessage(new Socket());
const response = (): ServerResponse => new ServerResponse(request());

it('takes what is of Node already as it is', () => {
  const [asked, answered] = [request(), response()];
  expect(nodeRequest(asked)).toBe(asked);
  expect(nodeResponse(answered)).toBe(answered);
  expect(takeResponse(answered)).toBe(answered);
});

it('finds the request within a wrapper, and gives it the body that was parsed', () => {
  const raw = request();
  expect(nodeRequest({ raw, body: { a: 1 } })).toBe(raw);
  expect(raw).toMatchObject({ body: { a: 1 } });
});

it('takes a response over with the headers that were set on its wrapper', () => {
  const raw = response();
  let hijacked = 0;
  const wrapper = { raw, hijack: () => hijacked++, getHeaders: () => ({ vary: 'Origin', 'x-none': undefined }) };
  expect(nodeResponse(wrapper)).toBe(raw);
  expect(hijacked).toBe(0);
  expect(takeResponse(wrapper)).toBe(raw);
  expect(hijacked).toBe(1);
  expect(raw.getHeaders()).toEqual({ vary: 'Origin' });
});
