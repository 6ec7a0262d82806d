/**
 * What a gateway can be asked to do. The one dispatch loop serves every operation: what differs between them is here.
 */
export interface Operation {
  /** The name on records and metrics: OpenTelemetry's `gen_ai.operation.name` where it has one. */
  readonly name: string;
  /** The provider's capability that serves it. */
  readonly capability:
    | 'chat'
    | 'completions'
    | 'embeddings'
    | 'moderations'
    | 'rerank'
    | 'images'
    | 'imageEdits'
    | 'speech'
    | 'transcriptions'
    | 'translations';
  /** Whether a failed try may be repeated on the same deployment. Not where a try is billed even if it fails. */
  readonly isRetried: boolean;
  /** Whether an extension may answer a request that is not streamed from its cache. */
  readonly isCached: boolean;
  /** Whether the answer comes in pieces, of bytes, though the request does not say so: audio does. */
  readonly isAlwaysStreamed?: true;
}

/** `POST /v1/chat/completions` */
export const CHAT: Operation = { name: 'chat', capability: 'chat', isRetried: true, isCached: true };

/** `POST /v1/completions` */
export const COMPLETIONS: Operation = {
  name: 'text_completion',
  capability: 'completions',
  isRetried: true,
  isCached: false,
};

/** `POST /v1/embeddings` */
export const EMBEDDINGS: Operation = {
  name: 'embeddings',
  capability: 'embeddings',
  isRetried: true,
  isCached: false,
};

/** `POST /v1/moderations` */
export const MODERATIONS: Operation = {
  name: 'moderation',
  capability: 'moderations',
  isRetried: true,
  isCached: false,
};

/** `POST /v1/rerank` */
export const RERANK: Operation = { name: 'rerank', capability: 'rerank', isRetried: true, isCached: false };

/** `POST /v1/images/generations` */
export const IMAGES: Operation = { name: 'image_generation', capability: 'images', isRetried: false, isCached: false };

/** `POST /v1/images/edits` */
export const IMAGE_EDITS: Operation = {
  name: 'image_edit',
  capability: 'imageEdits',
  isRetried: false,
  isCached: false,
};

/** `POST /v1/audio/speech` */
export const SPEECH: Operation = {
  name: 'speech',
  capability: 'speech',
  isRetried: false,
  isCached: false,
  isAlwaysStreamed: true,
};

/** `POST /v1/audio/transcriptions` */
export const TRANSCRIPTIONS: Operation = {
  name: 'transcription',
  capability: 'transcriptions',
  isRetried: false,
  isCached: false,
};

/** `POST /v1/audio/translations` */
export const TRANSLATIONS: Operation = {
  name: 'translation',
  capability: 'translations',
  isRetried: false,
  isCached: false,
};
