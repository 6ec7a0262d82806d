import { UpstreamError } from '../../errors/upstream-error.js';
import { type PartialArgument } from './gemini.types.js';

/** What an array may hold at most: an index beyond it is no index. */
const MAX_INDEX = 100_000;
const MAX_DEPTH = 64;

type Leaf = string | number | boolean | null;
type Node = Leaf | Branch;
/** An object by its names, or an array by its indexes. */
type Branch = Map<string | number, Node>;

/**
 * Puts together the arguments of a function call that come in pieces, each with the place of its value (`$.a[0].b`).
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
 */
export class PartialArguments {
  private readonly root: Branch = new Map();

  /** @throws UpstreamError where a place is none. */
  add({ jsonPath = '', stringValue, numberValue, boolValue, nullValue }: PartialArgument): void {
    const steps = stepsOf(jsonPath);
    const last = steps.pop();
    if (last === undefined) return;
    let at = this.root;
    for (const step of steps) {
      let next = at.get(step);
      if (!(next instanceof Map)) at.set(step, (next = new Map()));
      at = next;
    }
    const before = at.get(last);
    if (stringValue !== undefined) at.set(last, typeof before === 'string' ? before + stringValue : stringValue);
    else if (numberValue !== undefined) at.set(last, numberValue);
    else if (boolValue !== undefined) at.set(last, boolValue);
    else if (nullValue !== undefined) at.set(last, null);
  }

  toJson(): string {
    return JSON.stringify(toObject(this.root));
  }
}

function toObject(branch: Branch): Record<string, unknown> {
  return Object.fromEntries([...branch].map(([name, node]) => [String(name), toValue(node)]));
}

function toValue(node: Node): unknown {
  if (!(node instanceof Map)) return node;
  const indexes = [...node.keys()];
  if (!indexes.every((index) => typeof index === 'number')) return toObject(node);
  return Array.from({ length: Math.max(...indexes) + 1 }, (_, index) => toValue(node.get(index) ?? null));
}

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;

/** @see https://www.rfc-editor.org/rfc/rfc9535 */
function stepsOf(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  let at = path.startsWith('$') ? 1 : 0;
  while (at < path.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    const [all = '', name, index, single, double] = match ?? [];
    const step = index === undefined ? (name ?? (single ?? double)?.replaceAll(/\\(.)/g, '$1')) : Number(index);
    if (step === undefined || Number(index) > MAX_INDEX || steps.length >= MAX_DEPTH) {
      throw new UpstreamError('upstream_invalid_response', {
        message: 'The provider sent an argument whose place is not known.',
      });
    }
    steps.push(step);
    at += all.length;
  }
  return steps;
}
