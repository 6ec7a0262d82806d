import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type CallContext } from '../../events/call-context.js';
import {
  AttemptFailed,
  CallCompleted,
  CallFailed,
  CircuitClosed,
  CircuitOpened,
  ProviderKeySetAside,
} from '../../events/gateway-events.js';
import { GatewayEventBus } from '../../events/gateway-event-bus.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../../gateway.settings.js';

/**
 * Logs what becomes of calls: the answered ones at the level of the settings, tries and calls that failed as warnings.
 * Only what is named here: never what was asked or answered, no headers.
 */
@Injectable()
export class LoggingSubscriber implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Calls');
  private stop: (() => void)[] = [];

  constructor(
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'observability'>,
    private readonly bus: GatewayEventBus,
  ) {}

  onModuleInit(): void {
    this.stop = [
      this.bus.on(AttemptFailed, ({ call, attempt, error }) =>
        this.logger.warn({
          message: 'attempt failed',
          request_id: call.requestId,
          deployment: attempt.target.id,
          attempt: call.attempts.length,
          ...fieldsOfError(error),
          duration_ms: Math.round(attempt.durationMs),
        }),
      ),
      this.bus.on(CallFailed, ({ call, error, isAborted }) => {
        const fields = {
          message: isAborted ? 'call aborted' : 'call failed',
          ...fieldsOfCall(call),
          ...fieldsOfError(error),
        };
        if (isAborted) this.logger.log(fields);
        else this.logger.warn(fields);
      }),
    ];
    this.stop.push(...this.logDeployments());
    const level = this.settings.observability.logging.calls ? 'log' : 'debug';
    if (!Logger.isLevelEnabled(level)) return;
    this.stop.push(
      this.bus.on(CallCompleted, ({ call }) =>
        this.logger[level]({ message: 'call completed', ...fieldsOfCall(call), ...call.usage }),
      ),
    );
  }

  onApplicationShutdown(): void {
    for (const stop of this.stop) stop();
  }

  private logDeployments(): (() => void)[] {
    return [
      this.bus.on(CircuitOpened, ({ target, openForMs, error }) =>
        this.logger.warn({
          message: 'circuit opened',
          deployment: target.id,
          open_for_ms: openForMs,
          ...fieldsOfError(error),
        }),
      ),
      this.bus.on(CircuitClosed, ({ target }) => this.logger.log({ message: 'circuit closed', deployment: target.id })),
      this.bus.on(ProviderKeySetAside, ({ providerName, keyIndex }) =>
        this.logger.warn({ message: 'provider key set aside', provider: providerName, key_index: keyIndex }),
      ),
    ];
  }
}

function fieldsOfCall(call: CallContext): Record<string, unknown> {
  return {
    request_id: call.requestId,
    operation: call.operation.name,
    model: call.requestModel.slice(0, 128),
    deployment: call.lastAttempt?.target.id,
    key: call.principal.keyName,
    streaming: call.streaming,
    attempts: call.attempts.length,
    duration_ms: Math.round(call.elapsed()),
  };
}

function fieldsOfError(error: GatewayError): Record<string, unknown> {
  return { status: error.status, type: error.type, code: error.code, cause: causeOf(error) };
}

/** The short name of what went wrong underneath (`ECONNREFUSED`, `ENOTFOUND`, …); its message may hold anything. */
function causeOf({ cause }: GatewayError): string | undefined {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
}
