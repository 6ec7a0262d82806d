import { hash } from 'node:crypto';
import { type Principal } from '../../auth/principal.js';
import { type Tenant } from '../../auth/tenant.js';
import { type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { canonicalJson } from '../../protocol/canonical-json.js';
import { type JsonBody } from '../../protocol/json-body.js';

/** Everything beside the tenant that an answer depends on. */
export interface CacheableRequest {
  /** The name of the operation. */
  readonly operation: string;
  /** After aliases. */
  readonly model: string;
  readonly streaming: boolean;
  readonly parameterPolicy: string;
  /** What the key may and sets, its guardrails among it. */
  readonly key: string;
  /** The deployments that may answer. */
  readonly deployments: string;
  /** What the gateway's configuration says of answers. */
  readonly gateway: string;
  /** Every field counts, also those that nobody here knows. */
  readonly body: Buffer;
}

/**
 * What an answer is kept under. Two requests have the same key only if they are the same in everything but the order of
 * names and the space in their JSON.
 *
 * @param tenant whose answer it is: nobody else ever gets it.
 */
export function cacheKey(tenant: Tenant, request: CacheableRequest): string {
  const { operation, model, streaming, parameterPolicy, key, deployments, gateway, body } = request;
  // A JSON array says itself where each of its texts ends, so that none can run into the next.
  const head = JSON.stringify([tenant, operation, model, streaming, parameterPolicy, key, deployments, gateway]);
  return hash('sha256', head + canonicalJson(body), 'base64url');
}

/** @param gateway what the gateway's configuration says of answers. */
export function cacheableRequest(call: CallContext, { bytes }: JsonBody, gateway: string): CacheableRequest {
  return {
    operation: call.operation.name,
    model: call.model,
    streaming: call.streaming,
    parameterPolicy: call.parameterPolicy,
    key: textOnce(keyTexts, call.principal, keyText),
    deployments: textOnce(deploymentTexts, call.candidates, deploymentText),
    gateway,
    body: bytes,
  };
}

// Both are the same objects for many calls.
const keyTexts = new WeakMap<Principal, string>();
const deploymentTexts = new WeakMap<readonly AttemptTarget[], string>();

function textOnce<Thing extends object>(
  texts: WeakMap<Thing, string>,
  thing: Thing,
  write: (thing: Thing) => string,
): string {
  let text = texts.get(thing);
  if (text === undefined) {
    text = write(thing);
    texts.set(thing, text);
  }
  return text;
}

function keyText({ allowedModels, settings }: Principal): string {
  return JSON.stringify([allowedModels === null ? null : [...allowedModels].sort(), settings]);
}

function deploymentText(deployments: readonly AttemptTarget[]): string {
  return JSON.stringify(deployments.map(({ id, upstreamModel }) => JSON.stringify([id, upstreamModel])).sort());
}
