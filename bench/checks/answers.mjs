/**
 * Looks at one whole answer: what is wrong with it, or nothing.
 * @typedef {(text: string) => string | undefined} Check
 */

/** @type {Check} */
export const isSomething = (text) => (text === '' ? 'is empty' : undefined);

/** @type {Check} */
export const isChat = (text) => {
  const answer = JSON.parse(text);
  if (typeof answer.choices?.[0]?.message?.content !== 'string') return 'has no content';
  return answer.usage?.total_tokens === 332 ? undefined : 'has wrong usage';
};

/** @type {Check} */
export const isToolCalls = (text) =>
  JSON.parse(text).choices?.[0]?.message?.tool_calls?.length === 2 ? undefined : 'has not the two calls of tools';

/** @param {number} count @returns {Check} */
export const isEmbeddings = (count) => (text) => {
  const { data } = JSON.parse(text);
  if (data?.length !== count) return `has ${data?.length} embeddings of ${count}`;
  return data.at(-1).embedding.length === 1_536 ? undefined : 'has cut vectors';
};

/** @param {number} chunks of content @returns {Check} */
export const isChatStream = (chunks) => (text) => {
  const events = text.split('\n\n').filter((event) => event !== '');
  if (events.at(-1) !== 'data: [DONE]') return 'does not end its stream';
  const contents = events.slice(0, -1).filter((event) => {
    const [choice] = JSON.parse(event.replace(/^data: /, '')).choices;
    return typeof choice?.delta?.content === 'string' && choice.delta.content !== '';
  });
  return contents.length === chunks ? undefined : `streams ${contents.length} chunks of ${chunks}`;
};
