import { type ChatAnnotation } from '../../protocol/chat-completions.js';
import {
  type CitationMetadata,
  type CitationSource,
  type GroundingMetadata,
  type GroundingSource,
} from './gemini.types.js';

/**
 * What an answer rests on, as OpenAI's URL citations: sources of Google's searches (`groundingMetadata`) and of texts
 * that the model repeated (`citationMetadata`). Sources without a URL have no place there and are left out.
 *
 * Google counts in bytes of UTF-8, and not always from the same start; the text that it quotes decides.
 *
 * @see https://ai.google.dev/gemini-api/docs/google-search#attributing_sources_with_inline_citations
 */
export function toAnnotations(
  text: string,
  grounding: GroundingMetadata | undefined,
  citations: readonly CitationSource[],
): ChatAnnotation[] {
  const chunks = (grounding?.groundingChunks ?? []).map(
    ({ web, retrievedContext, maps }) => web ?? retrievedContext ?? maps,
  );
  const supports = grounding?.groundingSupports ?? [];
  if (chunks.length === 0 && citations.length === 0) return [];
  const bytes = Buffer.from(text);
  const found = supports.flatMap(({ groundingChunkIndices = [], segment = {} }) => {
    const place = placeOf(text, bytes, segment);
    return groundingChunkIndices.flatMap((index) => annotation(chunks[index], place));
  });
  const used = new Set(supports.flatMap(({ groundingChunkIndices = [] }) => groundingChunkIndices));
  const whole = { start: 0, end: text.length };
  const unused = chunks.filter((_, index) => !used.has(index)).flatMap((chunk) => annotation(chunk, whole));
  const cited = distinct(citations).flatMap((source) => annotation(source, placeOf(text, bytes, source)));
  return [...found, ...unused, ...cited];
}

/** Google was seen to repeat a source ten times. */
function distinct(sources: readonly CitationSource[]): CitationSource[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
}

export function citationsIn(metadata: CitationMetadata | undefined): readonly CitationSource[] {
  return metadata?.citationSources ?? metadata?.citations ?? [];
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function annotation(source: GroundingSource | undefined, { start, end }: Place): ChatAnnotation[] {
  const { uri, title } = source ?? {};
  if (uri === undefined || uri === '') return [];
  return [{ type: 'url_citation', url_citation: { url: uri, title: title ?? '', start_index: start, end_index: end } }];
}

function placeOf(
  text: string,
  bytes: Buffer,
  { startIndex = 0, endIndex = bytes.length, text: quoted }: { startIndex?: number; endIndex?: number; text?: string },
): Place {
  const start = bytes.toString('utf8', 0, Math.min(startIndex, bytes.length)).length;
  const end = bytes.toString('utf8', 0, Math.min(endIndex, bytes.length)).length;
  if (quoted === undefined || text.slice(start, end) === quoted) return { start, end };
  const at = text.indexOf(quoted);
  return at < 0 ? { start, end } : { start: at, end: at + quoted.length };
}
