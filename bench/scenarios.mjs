/** What is asked: the same bytes for every subject. */

const MESSAGES = [
  {
    role: 'system',
    content:
      'You are the assistant of a mail-order company for garden tools. Answer in plain and friendly English, in at most three sentences, and never promise a date of delivery that the order data do not state.',
  },
  {
    role: 'user',
    content:
      'Good morning! Last Thursday I ordered the long-handled bulb planter and two bags of grit, order number 4471-90. The confirmation lists only one bag of grit. Can you tell me whether the second one is on its way?',
  },
  {
    role: 'assistant',
    content:
      'Good morning! I see order 4471-90 with the bulb planter and one bag of horticultural grit, 20 kg. A second bag was in the basket, but it was taken out before payment because the shop allows one heavy item per parcel.',
  },
  {
    role: 'user',
    content:
      'I see. In that case please add the second bag as an order of its own, to the same address. Is there a cheaper way to send it, for example to the pick-up point near the station?',
  },
  {
    role: 'assistant',
    content:
      'Of course: a heavy parcel to the pick-up point "Station North" costs 3.20 instead of 7.90. I have prepared the order and left it open so that you can confirm it; nothing has been charged so far.',
  },
  {
    role: 'user',
    content:
      'Perfect, confirm it please, and tell me how long the pick-up point keeps a parcel. Also, does the bulb planter come with the depth marks that the catalogue shows on page 38?',
  },
];

/** The body of a chat request: six messages, about 1.5 kB. @param {{ stream: boolean, includeUsage?: boolean }} kind */
export function chatBody({ stream, includeUsage = false }) {
  return JSON.stringify({
    model: 'gpt-4o-mini',
    messages: MESSAGES,
    temperature: 0.2,
    max_completion_tokens: 256,
    user: 'customer-20931',
    ...(stream ? { stream: true, ...(includeUsage ? { stream_options: { include_usage: true } } : {}) } : {}),
  });
}

export const CHAT_PATH = '/v1/chat/completions';

/** @typedef {'json' | 'stream' | 'latency'} Scenario */

/** @type {readonly Scenario[]} */
export const SCENARIOS = ['json', 'stream', 'latency'];
