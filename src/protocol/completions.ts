/**
 * A request for the completion of a text, OpenAI's older way to ask.
 * @see https://platform.openai.com/docs/api-reference/completions/create
 */
export interface CompletionRequest {
  model: string;
  prompt: string | string[] | number[] | number[][];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null } | null;
  user?: string | null;
}
