import { type ChatAnnotation } from '../../protocol/chat-completions.js';
import { type Citation } from './bedrock.types.js';

/**
 * Web citations of the text between two places in the answer. Citations of documents that the client sent have no URL
 * and no place in OpenAI's annotations: they are left out.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationLocation.html
 */
export function toAnnotations(citations: readonly Citation[], start: number, end: number): ChatAnnotation[] {
  return citations.flatMap(({ location, title }): ChatAnnotation[] => {
    const url = location?.web?.url;
    if (typeof url !== 'string' || url === '') return [];
    return [{ type: 'url_citation', url_citation: { url, title: title ?? '', start_index: start, end_index: end } }];
  });
}
