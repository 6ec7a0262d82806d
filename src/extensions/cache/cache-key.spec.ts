import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callContext } from '../../../test/support/calls.js';
import { type Principal } from '../../auth/principal.js';
import { tenantOf } from '../../auth/tenant.js';
import { type CallStart } from '../../events/call-context.js';
import { CHAT, EMBEDDINGS } from '../../events/operation.js';
import { parseJsonBody } from '../../endpoints/body-reader.js';
import { type KeySettings } from '../../key.options.js';
import { type JsonBody } from '../../protocol/json-body.js';
import { cacheableRequest, cacheKey } from './cache-key.js';

const bodyOf = (json: string): JsonBody =>
  parseJsonBody(Buffer.from(json), { bodyBytes: 1e9, jsonDepth: 1_000, jsonValues: 1e9 });

const BODY = bodyOf('{"model":"m","messages":[{"role":"user","content":"Hi"}]}');
const PRINCIPAL: Principal = { keyId: 'abc', keyName: 'one', allowedModels: null, settings: {} };

interface Asked extends Partial<CallStart<unknown>> {
  readonly body: JsonBody;
  readonly principal: Principal;
}

function keyOf(changes: Partial<Asked> = {}, gateway = ''): string {
  const asked = { body: BODY, principal: PRINCIPAL, ...changes };
  return cacheKey(tenantOf(asked.principal), cacheableRequest(callContext(asked), asked.body, gateway));
}

const by = (changes: Partial<Principal>): Partial<Asked> => ({ principal: { ...PRINCIPAL, ...changes } });

const target = (id: string, upstreamModel = 'm') => ({ id, providerName: 'p', model: 'm', upstreamModel });

describe('the key of an answer', () => {
  it('is the same for the same request, also in another order and with other space', () => {
    const spelt = bodyOf('{ "messages" : [ { "content":"Hi","role" :"user" } ],\n "model":"m" }');
    expect(keyOf({ body: spelt })).toBe(keyOf());
    expect(keyOf(by({ keyName: 'renamed' }))).toBe(keyOf());
    expect(keyOf(by({ allowedModels: new Set(['a', 'b']) }))).toBe(keyOf(by({ allowedModels: new Set(['b', 'a']) })));
    expect(keyOf({ candidates: [target('a'), target('b')] })).toBe(keyOf({ candidates: [target('b'), target('a')] }));
  });

  it.each<[string, Partial<Asked>]>([
    ['another stored key', by({ keyId: 'abd' })],
    ['a key of the configuration by the same name', by({ keyId: null })],
    ['fewer models', by({ allowedModels: new Set(['m']) })],
    ['other settings of the key', by({ settings: { extensions: [{ name: 'guard', settings: { mask: true } }] } })],
    ['another operation', { operation: EMBEDDINGS }],
    ['another model', { model: 'n' }],
    ['a stream', { streaming: true }],
    ['another parameter policy', { parameterPolicy: 'strict' }],
    ['another deployment', { candidates: [target('p/m')] }],
  ])('differs for %s', (_what, changes) => expect(keyOf(changes)).not.toBe(keyOf()));

  it('differs by what the gateway is configured to do with answers', () =>
    expect(keyOf({}, 'other')).not.toBe(keyOf()));

  it('differs where a deployment has come to stand for another model', () =>
    expect(keyOf({ candidates: [target('p/m', 'old')] })).not.toBe(keyOf({ candidates: [target('p/m', 'new')] })));
});

// Few values, so that two of each often agree, and those that could run into each other.
const name = fc.constantFrom('a', 'b', 'ab', '', '","', 'configured:a', 'stored:a');
const principals: fc.Arbitrary<Principal> = fc.record({
  keyId: fc.option(name),
  keyName: name,
  allowedModels: fc.option(fc.uniqueArray(name, { maxLength: 3 }).map((names) => new Set(names))),
  settings: fc.record({ team: name }, { requiredKeys: [] }) as fc.Arbitrary<KeySettings>,
});
const bodies = fc.dictionary(
  fc.constantFrom('model', 'messages', 'temperature', 'user', 'metadata', 'stream_options', 'x', '__proto__'),
  fc.oneof(
    fc.constantFrom('1', '1.0', '9007199254740993', '9007199254740992', 'null', '""', '"a"', '[]', '{}'),
    jsonTexts(),
  ),
  { noNullPrototype: true },
);
const requests = fc.record({
  principal: principals,
  operation: fc.constantFrom(CHAT, EMBEDDINGS),
  model: name,
  streaming: fc.boolean(),
  parameterPolicy: fc.constantFrom('strict' as const, 'warn' as const, 'drop' as const),
  candidates: fc.uniqueArray(name, { maxLength: 2 }).map((ids) => ids.map((id) => target(id))),
  members: bodies,
});
type Drawn = typeof requests extends fc.Arbitrary<infer One> ? One : never;

function jsonTexts(): fc.Arbitrary<string> {
  return fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value));
}

function drawnKey({ members, ...asked }: Drawn): string {
  const entries = Object.entries(members).map(([member, value]) => `${JSON.stringify(member)}:${value}`);
  return keyOf({ ...asked, body: bodyOf(`{${entries.join(',')}}`) });
}

/** Everything that must not differ between two who share an answer, in a form of its own. */
function meaning({ principal, members, ...asked }: Drawn): string {
  return JSON.stringify([
    principal.keyId === null ? ['configured', principal.keyName] : ['stored', principal.keyId],
    principal.allowedModels === null ? null : [...principal.allowedModels].toSorted(),
    principal.settings,
    asked.operation.name,
    asked.model,
    asked.streaming,
    asked.parameterPolicy,
    asked.candidates.map(({ id }) => id).toSorted(),
    Object.entries(members).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ]);
}

describe('two requests', () => {
  it('never share a key where tenant, rights, settings, or any field differ', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(requests, (drawn) => {
        const key = drawnKey(drawn);
        const known = seen.get(key);
        if (known !== undefined) expect(meaning(drawn)).toBe(known);
        seen.set(key, meaning(drawn));
      }),
      { numRuns: 1_000 },
    );
    expect(seen.size).toBeGreaterThan(300);
  });

  it('share none either where they differ in one thing alone', () => {
    fc.assert(
      fc.property(requests, requests, fc.constantFrom(...FIELDS), (one, other, field) => {
        const changed = { ...one, [field]: other[field] };
        fc.pre(meaning(one) !== meaning(changed));
        expect(drawnKey(changed)).not.toBe(drawnKey(one));
      }),
      { numRuns: 500 },
    );
  });
});

const FIELDS = ['principal', 'operation', 'model', 'streaming', 'parameterPolicy', 'candidates', 'members'] as const;
