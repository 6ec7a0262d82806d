import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Deployment } from '../dispatch/deployment.js';
import { keyTrouble } from '../dispatch/failures.js';
import { ModelRouter } from '../dispatch/model-router.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { GatewayError } from '../errors/gateway-error.js';
import { GatewayModule } from '../gateway.module.js';
import { type ServerConfiguration } from '../server/configuration/server-configuration.js';
import { Cancellation } from '../upstream/cancellation.js';
import { type Finding } from './doctor.js';

const PATIENCE_MS = 10_000;
/** Each provider is given this model, so that it is connected and not asked for others yet. */
const PROBE = 'probe';

/** Asks each provider for its models, with each of its keys. It costs nothing. */
export async function checkProviders({ gateway, origins }: ServerConfiguration): Promise<Finding[]> {
  Logger.overrideLogger(false);
  const providers = (gateway.providers ?? []).map((options) => ({ ...options, models: [{ name: PROBE }] }));
  try {
    const context = await NestFactory.createApplicationContext(GatewayModule.forRoot({ providers, auth: 'disabled' }), {
      logger: false,
      abortOnError: false,
    });
    try {
      const deployments = context.get(ModelRouter).deploymentsOf(PROBE);
      return await Promise.all(deployments.map((deployment) => findingOf(deployment, origins)));
    } finally {
      await context.close();
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [{ check: 'providers', isGood: false, says: error.message }];
  }
}

async function findingOf(
  { providerName, account }: Deployment,
  origins: ServerConfiguration['origins'],
): Promise<Finding> {
  const check = providerName;
  const { slots } = account.keys;
  const origin = origins.find(({ provider }) => provider === providerName)?.origin ?? 'built in';
  let models: number | undefined;
  for (const [index, { provider }] of slots.entries()) {
    if (provider.listModels === undefined) return { check, isGood: true, says: 'lists no models, so it was not asked' };
    const which = slots.length === 1 ? 'the key' : `key ${index + 1} of ${slots.length}`;
    const cancellation = new Cancellation();
    const timer = setTimeout(() => cancellation.cancel(new Error('timed out')), PATIENCE_MS);
    try {
      models = (await provider.listModels(cancellation)).length;
    } catch (error) {
      const failure = GatewayError.from(error);
      const trouble = keyTrouble(failure);
      const remedy =
        trouble === undefined ? `see to its address and the way there (${origin})` : `correct ${which} (${origin})`;
      return { check, isGood: false, says: `${failure.message.replace(/\.$/, '')}: ${remedy}` };
    } finally {
      clearTimeout(timer);
    }
  }
  return { check, isGood: true, says: models === 1 ? '1 model' : `${models} models` };
}
