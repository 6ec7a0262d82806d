import { lastValueFrom, toArray } from 'rxjs';
import { JsonBody } from '../../src/protocol/json-body.js';
import { type FormPart, MultipartForm } from '../../src/protocol/multipart-form.js';
import { type ParameterPolicy } from '../../src/protocol/parameter-policy.js';
import { type RequestBody } from '../../src/protocol/request-body.js';
import {
  type Answer,
  type Capability,
  type ProviderCall,
  type StreamPart,
} from '../../src/providers/provider-adapter.interface.js';
import { SimulatorAdapter } from '../../src/providers/simulator/simulator.adapter.js';
import { UnsupportedParameters } from '../../src/providers/unsupported-parameters.js';
import { Cancellation } from '../../src/upstream/cancellation.js';

export const simulator = new SimulatorAdapter().connect();

const MODEL = 'simulator/echo';

/** A call with a JSON body; `model` need not be said. */
export function jsonCall<Request>(
  fields: Record<string, unknown>,
  policy: ParameterPolicy = 'strict',
): ProviderCall<Request> {
  const value = { model: MODEL, ...fields };
  return { ...callOf(policy), request: value as Request, body: JsonBody.of(value) };
}

/** A call with a form. @param files names of fields, of files, and what is in them. */
export function formCall<Request>(
  fields: Readonly<Record<string, string>>,
  files: readonly (readonly [name: string, fileName: string, content: string])[] = [],
  policy: ParameterPolicy = 'strict',
): ProviderCall<Request, MultipartForm> {
  const part = (name: string, fileName: string | undefined, text: string): FormPart => {
    const content = Buffer.from(text);
    return { name, fileName, contentType: undefined, content, size: content.length };
  };
  const body = new MultipartForm([
    ...Object.entries({ model: MODEL, ...fields }).map(([name, text]) => part(name, undefined, text)),
    ...files.map(([name, fileName, text]) => part(name, fileName, text)),
  ]);
  return { ...callOf(policy), request: { ...body.value } as Request, body };
}

function callOf(policy: ParameterPolicy) {
  return {
    requestId: 'request-1',
    upstreamModel: MODEL,
    unsupported: new UnsupportedParameters(policy),
    cancellation: new Cancellation(),
  };
}

export async function answerOf<Request, Body extends RequestBody>(
  capability: Capability<Request, Body> | undefined,
  call: ProviderCall<Request, Body>,
): Promise<Answer & { readonly json: Record<string, unknown>; readonly text: string }> {
  if (capability === undefined) throw new Error('It cannot do this.');
  const answer = await capability.answer(call);
  const text = answer.bytes.toString();
  const json = answer.contentType === 'application/json' ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { ...answer, json, text };
}

export interface StreamRead {
  readonly contentType: string | undefined;
  readonly parts: readonly StreamPart[];
  readonly bytes: Buffer;
  /** The data of its events, where it has some. */
  readonly events: readonly Record<string, unknown>[];
}

export async function streamOf<Request, Body extends RequestBody>(
  capability: Capability<Request, Body> | undefined,
  call: ProviderCall<Request, Body>,
): Promise<StreamRead> {
  const stream = capability?.stream?.(call);
  if (stream === undefined) throw new Error('It cannot stream.');
  const parts = await lastValueFrom(stream.parts.pipe(toArray()));
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const events = bytes
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Record<string, unknown>);
  return { contentType: stream.contentType, parts, bytes, events };
}
