import { describe, expect, it } from 'vitest';
import { callContext } from '../../test/support/calls.js';
import { deploymentOf } from '../../test/support/deployments.js';
import { type ModelFacts } from '../catalogue/model-facts.js';
import { type CallContext } from '../events/call-context.js';
import { CHAT, EMBEDDINGS, type Operation, SPEECH } from '../events/operation.js';
import { JsonBody } from '../protocol/json-body.js';
import { type Answer, type Provider } from '../providers/provider-adapter.interface.js';
import { type Deployment } from './deployment.js';
import { suitableDeployments } from './suitable-deployments.js';

const answer = (): Promise<Answer> => Promise.reject(new Error('Nobody asks.'));
const stream = () => {
  throw new Error('Nobody asks.');
};
const CHATS: Provider = { chat: { answer, stream } };

const deployment = (id: string, facts: ModelFacts = {}, provider: Provider = CHATS): Deployment =>
  deploymentOf(provider, { id, providerName: id, facts });

function callFor(fields: object = {}, operation: Operation = CHAT, streaming = false): CallContext {
  const request = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return callContext({ operation, streaming, request, body: JsonBody.of(request) });
}

/** Where the call goes, and what was passed over. */
function outcome(call: CallContext, ...deployments: Deployment[]): { to: string[]; passedOver: string[] } {
  const to = suitableDeployments(call, deployments).map(({ id }) => id);
  return { to, passedOver: call.passedOver.map(({ target, reason }) => `${target.id}: ${reason}`) };
}

const TOOLS = { tools: [{ type: 'function', function: { name: 'a' } }] };
const without = deployment('without', { tools: false });
const plain = deployment('plain');
const able = deployment('able', { tools: true });

describe('suitableDeployments', () => {
  it('are all where nothing is asked that one lacks, in their order', () => {
    expect(outcome(callFor(), without, plain, able)).toEqual({ to: ['without', 'plain', 'able'], passedOver: [] });
    expect(outcome(callFor(TOOLS), able, plain)).toEqual({ to: ['able', 'plain'], passedOver: [] });
  });

  it('are those that are not known to lack it', () => {
    const passedOver = ['without: lacks_tools'];
    expect(outcome(callFor(TOOLS), plain, without, able)).toEqual({ to: ['plain', 'able'], passedOver });
    expect(outcome(callFor(TOOLS), without, plain)).toEqual({ to: ['plain'], passedOver });
  });

  it('are all where none is left: what is known may be wrong', () => {
    const other = deployment('other', { contextWindow: 1 });
    expect(outcome(callFor(TOOLS), without, other)).toEqual({ to: ['without', 'other'], passedOver: [] });
    expect(outcome(callFor(TOOLS), without)).toEqual({ to: ['without'], passedOver: [] });
  });

  it('are none whose provider does not do it, whatever else is left', () => {
    const mute = deployment('mute', {}, {});
    expect(outcome(callFor(), mute, plain)).toEqual({ to: ['plain'], passedOver: ['mute: lacks_chat'] });
    expect(outcome(callFor(TOOLS), mute, without)).toEqual({ to: ['without'], passedOver: ['mute: lacks_chat'] });
    expect(outcome(callFor(TOOLS), without, mute, able)).toEqual({
      to: ['able'],
      passedOver: ['mute: lacks_chat', 'without: lacks_tools'],
    });
    expect(outcome(callFor(), mute)).toEqual({ to: [], passedOver: ['mute: lacks_chat'] });
    expect(outcome(callFor({}, EMBEDDINGS), plain, able)).toEqual({
      to: [],
      passedOver: ['plain: lacks_embeddings', 'able: lacks_embeddings'],
    });
  });

  it('are none that cannot stream where the client asked for a stream', () => {
    const whole = deployment('whole', {}, { chat: { answer }, speech: { answer } });
    expect(outcome(callFor({}, CHAT, true), whole, plain)).toEqual({
      to: ['plain'],
      passedOver: ['whole: lacks_streaming'],
    });
    expect(outcome(callFor({}, CHAT, true), whole).to).toEqual([]);
    expect(outcome(callFor({}, SPEECH, true), whole)).toEqual({ to: ['whole'], passedOver: [] });
  });

  it('of which there is one are not looked into', () => {
    const only = {
      ...plain,
      get facts(): ModelFacts {
        throw new Error('Nobody needs to know.');
      },
    };
    expect(suitableDeployments(callFor(TOOLS), [only])).toEqual([only]);
  });
});
