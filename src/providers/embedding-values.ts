const BYTES_PER_VALUE = 4;

/**
 * A vector as OpenAI's embeddings have it: numbers, or base64 of little-endian 32-bit floats, for the providers that
 * give numbers alone. OpenAI's own clients ask for base64 unless told otherwise.
 *
 * @see https://platform.openai.com/docs/api-reference/embeddings/create#embeddings-create-encoding_format
 */
export function encodeEmbedding(values: number[], format: 'float' | 'base64'): number[] | string {
  if (format === 'float') return values;
  const bytes = Buffer.allocUnsafe(values.length * BYTES_PER_VALUE);
  values.forEach((value, index) => bytes.writeFloatLE(value, index * BYTES_PER_VALUE));
  return bytes.toString('base64');
}
