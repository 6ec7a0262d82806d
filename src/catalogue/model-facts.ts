import { CATALOGUE } from './model-catalogue.data.js';
import { MODEL_HOSTS, type ModelHost } from './model-hosts.js';
import { FAMILIES } from './model-families.js';
import { nameForms } from './model-names.js';

/** A kind of content. `document` is a file such as a PDF that the model reads pages of; `embedding` comes out only. */
export type Modality = 'text' | 'image' | 'audio' | 'document' | 'video' | 'embedding';

/** What is known of a model at one provider. What is absent is unknown: neither yes nor no. */
export interface ModelFacts {
  /** Tokens, of the request and the answer together. */
  readonly contextWindow?: number | undefined;
  /** Tokens of one answer at most. */
  readonly maxOutputTokens?: number | undefined;
  readonly inputModalities?: readonly Modality[] | undefined;
  readonly outputModalities?: readonly Modality[] | undefined;
  /** Whether it calls functions. */
  readonly tools?: boolean | undefined;
  /** Whether it holds to a JSON schema (`response_format` of type `json_schema`). */
  readonly jsonSchema?: boolean | undefined;
  /** Whether it can reason before it answers. */
  readonly reasoning?: boolean | undefined;
}

export const NO_FACTS: ModelFacts = Object.freeze({});

/** Entries of the catalogue, by the name that a kind of provider has for the model. */
export interface CatalogueEntry {
  /** Tokens. */
  readonly contextWindow?: number;
}

/** Where the catalogue's entries were taken from, and when. */
export interface Catalogue {
  /** The package and its version. */
  readonly source: string;
  /** The day, as in `2026-11-23`. */
  readonly date: string;
  readonly models: Readonly<Record<string, Readonly<Record<string, CatalogueEntry>>>>;
}

/**
 * What the catalogue knows of a model.
 * @param kind of the provider. Of kinds where names are the operator's own (Azure's deployments, servers of one's own)
 *   nothing is known.
 * @param model by the provider's name for it.
 */
export function factsOf(kind: string, model: string): ModelFacts {
  const host = MODEL_HOSTS.get(kind);
  if (host === undefined) return NO_FACTS;
  const forms = nameForms(model);
  const facts = { ...familyFacts(host, forms), ...listedFacts(host, forms) };
  return Object.keys(facts).length === 0 ? NO_FACTS : facts;
}

/** What is true of every one of them: the least window, what all can do. Unknown where it is unknown of one. */
export function commonFacts(all: readonly ModelFacts[]): ModelFacts {
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return first ?? NO_FACTS;
  return others.reduce(inCommon, first);
}

function inCommon(a: ModelFacts, b: ModelFacts): ModelFacts {
  return {
    contextWindow: least(a.contextWindow, b.contextWindow),
    maxOutputTokens: least(a.maxOutputTokens, b.maxOutputTokens),
    inputModalities: shared(a.inputModalities, b.inputModalities),
    outputModalities: shared(a.outputModalities, b.outputModalities),
    tools: both(a.tools, b.tools),
    jsonSchema: both(a.jsonSchema, b.jsonSchema),
    reasoning: both(a.reasoning, b.reasoning),
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.min(a, b);
}

function shared(a: readonly Modality[] | undefined, b: readonly Modality[] | undefined): Modality[] | undefined {
  return b === undefined ? undefined : a?.filter((modality) => b.includes(modality));
}

/** One that cannot is enough to know that not every one can. */
function both(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  if (a === false || b === false) return false;
  return a === true && b === true ? true : undefined;
}

function listedFacts({ list }: ModelHost, forms: readonly string[]): ModelFacts {
  const entries = list === undefined ? undefined : CATALOGUE.models[list];
  if (entries === undefined) return NO_FACTS;
  for (const form of forms) if (Object.hasOwn(entries, form)) return entries[form] ?? NO_FACTS;
  return NO_FACTS;
}

function familyFacts({ families, takesDocuments }: ModelHost, forms: readonly string[]): ModelFacts {
  let found: { pattern: string; facts: ModelFacts; only: readonly (keyof ModelFacts)[] | undefined } | undefined;
  for (const { name, prefix = '', only } of families) {
    for (const form of forms) {
      if (!form.startsWith(prefix)) continue;
      const model = form.slice(prefix.length);
      for (const [pattern, facts] of Object.entries(FAMILIES[name])) {
        if (pattern.length > (found?.pattern.length ?? 0) && matches(model, pattern)) found = { pattern, facts, only };
      }
    }
  }
  if (found === undefined) return NO_FACTS;
  const { facts, only } = found;
  const known = only === undefined ? facts : picked(facts, only);
  const { inputModalities } = known;
  if (takesDocuments !== true || inputModalities === undefined || inputModalities.includes('document')) return known;
  return { ...known, inputModalities: [...inputModalities, 'document'] };
}

function picked(facts: ModelFacts, names: readonly (keyof ModelFacts)[]): ModelFacts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => names.some((one) => one === name)));
}

/**
 * A pattern is the start of a name. With a star anything may follow; without one only what is no further version:
 * `claude-opus-4` is not `claude-opus-4-9`, of which nothing is known.
 */
function matches(model: string, pattern: string): boolean {
  if (pattern.endsWith('*')) return model.startsWith(pattern.slice(0, -1));
  return model.startsWith(pattern) && /^(?:[-@:_](?!\d{1,2}(?!\d))|$)/.test(model.slice(pattern.length));
}
