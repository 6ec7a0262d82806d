import { type PassedOver } from '../events/attempt.js';
import { type CallContext } from '../events/call-context.js';
import { type Operation } from '../events/operation.js';
import { type RequestBody } from '../protocol/request-body.js';
import { type Capability, type Provider } from '../providers/provider-adapter.interface.js';
import { type Deployment } from './deployment.js';
import { lackOf, needsOf } from './request-needs.js';

/**
 * The deployments that a call may go to, in their order, without those whose provider does not do it at all and without
 * those whose model is known to lack what the request uses. Where that leaves none, what is known may be out of date:
 * then they are tried after all, and their providers decide.
 *
 * Notes on the call which were passed over.
 */
export function suitableDeployments(call: CallContext, deployments: readonly Deployment[]): readonly Deployment[] {
  const [only] = deployments;
  if (deployments.length === 1 && only !== undefined && inability(call, only) === undefined) return deployments;
  const unable = noted(deployments, (deployment) => inability(call, deployment));
  const able = unable.length === 0 ? deployments : without(deployments, unable);
  const lacking = able.length > 1 ? lackingOf(call, able) : [];
  if (lacking.length === able.length) {
    call.passedOver = unable;
    return able;
  }
  call.passedOver = unable.length === 0 ? lacking : [...unable, ...lacking];
  return lacking.length === 0 ? able : without(able, lacking);
}

/** What of a provider serves an operation. */
export function capabilityOf(provider: Provider, operation: Operation): Capability<unknown, RequestBody> | undefined {
  // The operation's request and body are of the kinds that its capability takes.
  return provider[operation.capability] as Capability<unknown, RequestBody> | undefined;
}

interface NotedDeployment extends PassedOver {
  readonly target: Deployment;
}

function inability({ operation, streaming }: CallContext, { provider }: Deployment): string | undefined {
  const capability = capabilityOf(provider, operation);
  if (capability === undefined) return `lacks_${operation.name}`;
  // Where the client did not ask for a stream, a whole answer will do.
  const needsStream = streaming && operation.isAlwaysStreamed !== true;
  return needsStream && capability.stream === undefined ? 'lacks_streaming' : undefined;
}

function lackingOf(call: CallContext, deployments: readonly Deployment[]): NotedDeployment[] {
  const needs = needsOf(call);
  return needs === undefined ? [] : noted(deployments, ({ facts }) => lackOf(facts, needs));
}

function noted(
  deployments: readonly Deployment[],
  reasonOf: (deployment: Deployment) => string | undefined,
): NotedDeployment[] {
  const found: NotedDeployment[] = [];
  for (const target of deployments) {
    const reason = reasonOf(target);
    if (reason !== undefined) found.push({ target, reason });
  }
  return found;
}

function without(deployments: readonly Deployment[], passedOver: readonly NotedDeployment[]): Deployment[] {
  return deployments.filter((deployment) => !passedOver.some(({ target }) => target === deployment));
}
