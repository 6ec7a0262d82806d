import { CallContext, type CallStart } from '../../src/events/call-context.js';
import { CHAT } from '../../src/events/operation.js';
import { JsonBody } from '../../src/protocol/json-body.js';

/** A call as it stands when it is let in. */
export function callContext(changes: Partial<CallStart<unknown>> = {}): CallContext {
  return new CallContext({
    operation: CHAT,
    principal: { keyId: null, keyName: 'test', allowedModels: null, settings: {} },
    request: {},
    body: JsonBody.of({}),
    requestModel: 'm',
    model: 'm',
    streaming: false,
    endUser: null,
    parameterPolicy: 'warn',
    candidates: [],
    headers: {},
    ...changes,
  });
}
