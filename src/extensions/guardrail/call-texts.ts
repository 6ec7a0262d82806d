import { type Operation } from '../../events/operation.js';
import { anyOf, EVERY_TEXT, JSON_TEXT, listOf, members, TEXT, type Walk } from './member-texts.js';

const TEXTS = anyOf(TEXT, listOf(TEXT));

/** The text of a message, or its parts. Images, sounds and files are not looked into. */
const CONTENT = anyOf(TEXT, listOf(anyOf(TEXT, members({ text: TEXT, refusal: TEXT, thinking: EVERY_TEXT }))));

const MESSAGE = members({
  content: CONTENT,
  refusal: TEXT,
  reasoning: TEXT,
  reasoning_content: TEXT,
  reasoning_details: listOf(members({ text: TEXT, summary: TEXT })),
  tool_calls: listOf(members({ function: members({ arguments: JSON_TEXT }), custom: members({ input: TEXT }) })),
  function_call: members({ arguments: JSON_TEXT }),
  audio: members({ transcript: TEXT }),
});

const NOTHING: Walk = (value) => value;

/** The texts of requests, by the capability that serves them. */
export const REQUEST_TEXTS: Readonly<Record<Operation['capability'], Walk>> = {
  chat: members({ messages: listOf(MESSAGE), prediction: members({ content: CONTENT }) }),
  completions: members({ prompt: TEXTS, suffix: TEXT }),
  embeddings: members({ input: TEXTS }),
  // To be judged, which it could not be without what a guardrail takes out.
  moderations: NOTHING,
  rerank: members({ query: TEXT, documents: listOf(EVERY_TEXT) }),
  images: members({ prompt: TEXT }),
  imageEdits: members({ prompt: TEXT }),
  speech: members({ input: TEXT, instructions: TEXT }),
  transcriptions: members({ prompt: TEXT }),
  translations: members({ prompt: TEXT }),
};

/** The texts of one choice of a chat or a text completion, whole or a chunk of it. */
export const CHOICE_TEXTS = members({ message: MESSAGE, delta: MESSAGE, text: TEXT });

export const ANSWER_TEXTS = members({ choices: listOf(CHOICE_TEXTS) });
