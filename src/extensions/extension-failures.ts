import { HttpException, Logger } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import { toGatewayError } from '../errors/openai-error.filter.js';
import { type CallContext } from '../events/call-context.js';
import { ExtensionFailed } from '../events/gateway-events.js';
import { type GatewayEventBus } from '../events/gateway-event-bus.js';
import { type RunningExtension } from './extension-registry.js';

/** What becomes of what hooks throw. */
export class ExtensionFailures {
  private readonly logger = new Logger('Extensions');

  constructor(private readonly bus: GatewayEventBus) {}

  /** @throws GatewayError where the hook refused, or failed and must not. */
  failed(
    { name, onFailure }: RunningExtension,
    hook: string,
    call: CallContext,
    thrown: unknown,
    byDefault: 'refuse' | 'continue' = 'continue',
  ): void {
    if (GatewayError.isInstance(thrown)) throw thrown;
    if (thrown instanceof HttpException) throw toGatewayError(thrown);
    this.report(name, hook, call, thrown);
    if ((onFailure ?? byDefault) === 'refuse') throw new GatewayError('extension_failed', { cause: thrown });
  }

  report(extension: string, hook: string, call: CallContext, thrown: unknown): void {
    this.logger.error(`The extension ${extension} failed in ${hook} (request ${call.requestId})`, thrown);
    this.bus.emit(new ExtensionFailed(call, extension, hook, thrown));
  }
}
