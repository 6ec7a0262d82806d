import { UpstreamError } from '../../errors/upstream-error.js';
import { isObject, parseJsonBytes } from '../../protocol/json.js';

/**
 * The names in Ollama's list of the models that it has, each with its tag: `llama3.2:latest`.
 * @throws UpstreamError
 * @see https://docs.ollama.com/api/tags
 */
export function readModelNames(body: Buffer): string[] {
  const value = parseJsonBytes(body);
  const models = isObject(value) ? value['models'] : undefined;
  // Without any model the list of some servers is `null`.
  if (models === null) return [];
  if (!Array.isArray(models)) {
    throw new UpstreamError('upstream_invalid_response', { message: 'The provider’s list of models is not a list.' });
  }
  return models.flatMap((model: unknown) => {
    const name = isObject(model) ? (model['model'] ?? model['name']) : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}
