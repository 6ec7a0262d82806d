import { describe, expect, it } from 'vitest';
import { deploymentOf } from '../../test/support/deployments.js';
import { type Deployment } from './deployment.js';
import { ModelRouter } from './model-router.js';

const deployment = (providerName: string, model: string, weight = 1): Deployment =>
  deploymentOf({}, { id: `${providerName}/${model}`, providerName, model, upstreamModel: model, weight });

function routerOf(deployments: Deployment[], aliases: Record<string, string> = {}, open: string[] = []): ModelRouter {
  const models = new Map<string, Deployment[]>();
  for (const one of deployments) models.set(one.model, [...(models.get(one.model) ?? []), one]);
  const router = new ModelRouter();
  router.replace({
    models,
    aliases: new Map(Object.entries(aliases)),
    open: new Map(open.map((name) => [name, (model: string) => deployment(name, model)])),
  });
  return router;
}

const idsOf = (deployments: readonly Deployment[]): string[] => deployments.map(({ id }) => id);

describe('the order in which deployments are tried', () => {
  const router = routerOf([deployment('a', 'm', 1), deployment('b', 'm', 3), deployment('c', 'm', 6)]);

  it('begins by weight and goes on by falling weight', () => {
    const at = (chance: number): string[] => idsOf(router.route('m', () => chance)).map((id) => id.charAt(0));
    expect(at(0)).toEqual(['a', 'c', 'b']);
    expect(at(0.099)).toEqual(['a', 'c', 'b']);
    expect(at(0.1)).toEqual(['b', 'c', 'a']);
    expect(at(0.399)).toEqual(['b', 'c', 'a']);
    expect(at(0.4)).toEqual(['c', 'b', 'a']);
    expect(at(0.999_999)).toEqual(['c', 'b', 'a']);
  });

  it('gives each its exact share of evenly spread chances', () => {
    const shares: Record<string, number> = {};
    for (let step = 0; step < 1_000; step++) {
      const [first] = router.route('m', () => (step + 0.5) / 1_000);
      const name = first?.providerName ?? '';
      shares[name] = (shares[name] ?? 0) + 1;
    }
    expect(shares).toEqual({ a: 100, b: 300, c: 600 });
  });

  it('keeps the order of the configuration among equal weights, and changes nothing of it', () => {
    const equal = routerOf(['a', 'b', 'c'].map((name) => deployment(name, 'm')));
    expect(idsOf(equal.route('m', () => 0.5))).toEqual(['b/m', 'a/m', 'c/m']);
    expect(idsOf(equal.route('m', () => 0))).toEqual(['a/m', 'b/m', 'c/m']);
  });

  it('holds each deployment once', () => {
    for (const chance of [0, 0.2, 0.7, 0.999]) expect(new Set(router.route('m', () => chance)).size).toBe(3);
  });
});

describe('the name of a model', () => {
  const router = routerOf(
    [deployment('a', 'm'), deployment('b', 'm'), deployment('a', 'org/deep/name')],
    { fast: 'm', faster: 'fast', direct: 'b/m', any: 'wide/new' },
    ['wide'],
  );

  it('goes through the aliases once', () => {
    expect(router.resolve('fast')).toBe('m');
    expect(router.resolve('faster')).toBe('fast');
    expect(router.route(router.resolve('faster'))).toEqual([]);
    expect(router.resolve('m')).toBe('m');
    expect(router.resolve('toString')).toBe('toString');
  });

  it('may say the provider too', () => {
    expect(idsOf(router.route('b/m'))).toEqual(['b/m']);
    expect(idsOf(router.route(router.resolve('direct')))).toEqual(['b/m']);
    expect(idsOf(router.route('a/org/deep/name'))).toEqual(['a/org/deep/name']);
    expect(idsOf(router.route('org/deep/name'))).toEqual(['a/org/deep/name']);
  });

  it('may be any at a provider that was given none', () => {
    expect(idsOf(router.route('wide/anything/at/all'))).toEqual(['wide/anything/at/all']);
    expect(router.deploymentsOf('wide/new')[0]?.model).toBe('new');
  });

  it.each(['wide/..', 'wide/.', 'wide/../x', 'wide/x/..', 'wide/x/./y'])('%s would lead elsewhere', (name) => {
    expect(router.deploymentsOf(name)).toEqual([]);
    expect(router.route(name)).toEqual([]);
    expect(idsOf(router.route(name.replaceAll('.', '.x')))).toHaveLength(1);
  });

  it.each(['', '/', 'wide', 'wide/', '/m', 'a/x', 'c/m', 'M', 'wide2/x'])('%j is nobody’s', (name) => {
    expect(router.deploymentsOf(name)).toEqual([]);
    expect(router.route(name)).toEqual([]);
  });

  it('is listed with its providers, aliases too', () => {
    expect(router.names().map(({ name, providers }) => ({ name, providers }))).toEqual([
      { name: 'm', providers: ['a', 'b'] },
      { name: 'org/deep/name', providers: ['a'] },
      { name: 'fast', providers: ['a', 'b'] },
      { name: 'faster', providers: [] },
      { name: 'direct', providers: ['b'] },
      { name: 'any', providers: ['wide'] },
    ]);
  });

  it('is listed with what every deployment of it can', () => {
    const able = { ...deployment('a', 'm'), facts: { contextWindow: 10, tools: true, jsonSchema: true } };
    const less = { ...deployment('b', 'm'), facts: { contextWindow: 8, tools: true } };
    const known = routerOf([able, less], { fast: 'm', direct: 'a/m', lost: 'nobody' });
    expect(known.names().map(({ name, facts }) => [name, facts])).toEqual([
      ['m', { contextWindow: 8, tools: true }],
      ['fast', { contextWindow: 8, tools: true }],
      ['direct', { contextWindow: 10, tools: true, jsonSchema: true }],
      ['lost', {}],
    ]);
  });

  it('is listed anew only when the table was replaced', () => {
    const changing = routerOf([deployment('a', 'm')]);
    const listed = changing.names();
    expect(changing.names()).toBe(listed);
    changing.replace({ models: new Map(), aliases: new Map(), open: new Map() });
    expect(changing.names()).toEqual([]);
  });

  it.each([
    ['m', ['m', 'm', 'm']],
    ['fast', ['fast', 'm', 'm']],
    ['direct', ['direct', 'b/m', 'm']],
    ['nobody', ['nobody']],
  ])('%s may be allowed by any of its names', (name, names) => {
    expect(router.namesFor(name)).toEqual(names);
  });
});
