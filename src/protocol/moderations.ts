/** @see https://platform.openai.com/docs/api-reference/moderations/create */
export interface ModerationRequest {
  model: string;
  /** A text, texts, or parts with text and images. */
  input: string | string[] | Record<string, unknown>[];
  user?: string | null;
}
