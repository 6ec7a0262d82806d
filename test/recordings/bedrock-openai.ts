import { type Json, list, object } from './bedrock-reader.js';

/** A request of Bedrock's as a client of OpenAI's would have asked the same, with nothing of the gateway's. */
export function toOpenAi(native: Json): Json {
  const { system, messages, inferenceConfig, toolConfig, outputConfig, ...others } = native;
  const { maxTokens, temperature, topP, stopSequences } = object(inferenceConfig);
  const { tools, toolChoice } = object(toolConfig);
  const { name, description, schema } = object(
    object(object(object(outputConfig)['textFormat'])['structure'])['jsonSchema'],
  );
  const instructions = partsOf(list(system));
  const choice = object(toolChoice);
  return {
    messages: [
      ...(instructions.length === 0 ? [] : [{ role: 'system', content: instructions }]),
      ...list(messages).flatMap(messagesOf),
    ],
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    stop: stopSequences,
    ...(tools === undefined ? {} : { tools: toolsOf(list(tools)) }),
    ...(choice['any'] === undefined ? {} : { tool_choice: 'required' }),
    ...(choice['tool'] === undefined ? {} : { tool_choice: { type: 'function', function: choice['tool'] } }),
    ...(schema === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name, description, schema: JSON.parse(schema as string) as Json },
          },
        }),
    ...others,
  };
}

/** A breakpoint follows what it marks. */
function partsOf(blocks: readonly Json[]): Json[] {
  const parts: Json[] = [];
  for (const { text, image, document, cachePoint } of blocks) {
    if (text !== undefined) parts.push({ type: 'text', text });
    if (image !== undefined) {
      const { format, source } = object(image);
      const url = `data:image/${String(format)};base64,${String(object(source)['bytes'])}`;
      parts.push({ type: 'image_url', image_url: { url } });
    }
    if (document !== undefined) {
      const { name, source, context, citations } = object(document);
      const data = Buffer.from(String(object(source)['text'])).toString('base64');
      const file = { filename: `${String(name)}.txt`, file_data: `data:text/plain;base64,${data}` };
      parts.push({ type: 'file', file, context, citations });
    }
    if (cachePoint !== undefined) Object.assign(parts.at(-1) ?? {}, { cache_control: { type: 'ephemeral' } });
  }
  return parts;
}

function messagesOf({ role, content }: Json): Json[] {
  const blocks = list(content);
  const results = blocks.flatMap(({ toolResult }) => {
    if (toolResult === undefined) return [];
    const { toolUseId, content: result, status } = object(toolResult);
    const message = { role: 'tool', tool_call_id: toolUseId, content: partsOf(list(result)) };
    return [status === 'error' ? { ...message, is_error: true } : message];
  });
  if (results.length > 0) return results;
  const calls = blocks.flatMap(({ toolUse }) => {
    if (toolUse === undefined) return [];
    const { toolUseId, name, input } = object(toolUse);
    return [{ id: toolUseId, type: 'function', function: { name, arguments: JSON.stringify(input) } }];
  });
  const details = blocks.flatMap(({ reasoningContent }) => {
    const { redactedContent } = object(reasoningContent);
    if (redactedContent === undefined) return [];
    const data = Buffer.from(redactedContent as string, 'base64').toString();
    return [{ type: 'reasoning.encrypted', data, format: 'anthropic-claude-v1' }];
  });
  return [
    {
      role,
      content: partsOf(blocks),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(details.length === 0 ? {} : { reasoning_details: details }),
    },
  ];
}

function toolsOf(blocks: readonly Json[]): Json[] {
  const tools: Json[] = [];
  for (const { toolSpec, systemTool, cachePoint } of blocks) {
    if (systemTool !== undefined) tools.push({ systemTool });
    if (cachePoint !== undefined) Object.assign(tools.at(-1) ?? {}, { cache_control: { type: 'ephemeral' } });
    if (toolSpec === undefined) continue;
    const { name, description, inputSchema, strict } = object(toolSpec);
    tools.push({ type: 'function', function: { name, description, parameters: object(inputSchema)['json'], strict } });
  }
  return tools;
}
