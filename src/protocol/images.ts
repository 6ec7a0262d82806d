/** @see https://platform.openai.com/docs/api-reference/images/create */
export interface ImageGenerationRequest {
  model: string;
  prompt: string;
  n?: number | null;
  /** `auto`, or width × height in pixels: `1024x1024`. */
  size?: string | null;
  quality?: string | null;
  background?: string | null;
  output_format?: string | null;
  response_format?: 'url' | 'b64_json' | null;
  stream?: boolean | null;
  user?: string | null;
}

/** The text fields of the form; its images are among the form's files. @see https://platform.openai.com/docs/api-reference/images/createEdit */
export interface ImageEditRequest {
  model: string;
  prompt: string;
  stream?: boolean | null;
  user?: string | null;
}
