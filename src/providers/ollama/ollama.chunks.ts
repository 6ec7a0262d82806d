import { type ChatDelta } from '../../protocol/chat-completions.js';
import { type ChunkHead, type ChunkWriter } from '../chunk-writer.js';
import { readMessage, toFinishReason, type ToolCallRead } from './ollama.answer.js';
import { toChatLogprobs } from './ollama.logprobs.js';
import { type LineTranslator } from './ollama.stream.js';
import { type OllamaAnswer } from './ollama.types.js';

/** The chunks of a chat. Tool calls come whole. */
export class ChatChunks implements LineTranslator {
  private toolCalls = 0;

  constructor(readonly head: ChunkHead) {}

  write(line: OllamaAnswer, chunks: ChunkWriter): void {
    chunks.open();
    const { content, thinking, toolCalls } = readMessage(line);
    const logprobs = toChatLogprobs(line.logprobs);
    // Probabilities go with the text that they are of; a token may have none yet, being a part of a letter.
    if (thinking !== '') chunks.show({ reasoning_content: thinking }, thinking);
    if (content !== '' || logprobs !== null) {
      chunks.show({ content }, content, { logprobs, isContent: content !== '' });
    }
    if (toolCalls.length > 0) {
      const written = toolCalls.map((call) => call.arguments).join('');
      chunks.show({ tool_calls: toolCalls.map((call) => this.toDelta(call)) }, written);
    }
  }

  finish({ done_reason: reason }: OllamaAnswer, chunks: ChunkWriter): void {
    chunks.finish(toFinishReason(reason, this.toolCalls > 0));
  }

  private toDelta({ id, name, arguments: given }: ToolCallRead): NonNullable<ChatDelta['tool_calls']>[number] {
    return { index: this.toolCalls++, id, type: 'function', function: { name, arguments: given } };
  }
}
