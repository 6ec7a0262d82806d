import { type INestApplication, type InjectionToken, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry } from 'prom-client';
import { AdminModule } from '../admin/admin.module.js';
import { type AdminSettings } from '../admin/admin.settings.js';
import { AdminAuditRepository } from '../admin/admin-audit.repository.js';
import { AdminTokenRepository } from '../admin/admin-token.repository.js';
import { ProblemFilter } from '../admin/problem.filter.js';
import { UsageQueries } from '../admin/usage/usage-queries.js';
import { KeyAdministration } from '../admin/keys/key-administration.js';
import { OwnerAdministration } from '../admin/owners/owner-administration.js';
import { RoutingAdministration } from '../admin/routing-administration.js';
import { ApiKeyAuthenticator } from '../auth/api-key-authenticator.js';
import { ApiKeyRepository } from '../auth/api-key.repository.js';
import { ChangeFeed } from '../auth/change-feed.js';
import { CircuitBreakers } from '../dispatch/circuit-breakers.js';
import { ModelRouter } from '../dispatch/model-router.js';
import { DeploymentsService } from '../dispatch/deployments.service.js';
import { ProviderProbe } from '../dispatch/provider-probe.js';
import { PROBLEM_FORM } from '../errors/error-form.js';
import { BudgetRules } from '../extensions/budget/budget-rules.js';
import { BudgetService } from '../extensions/budget/budget.service.js';
import { CacheService } from '../extensions/cache/cache.service.js';
import { AnswerSeal } from '../extensions/idempotency/answer-seal.js';
import { IdempotencyRepository } from '../extensions/idempotency/idempotency.repository.js';
import { MetricsService } from '../extensions/metrics/metrics.service.js';
import { RateLimitExtension } from '../extensions/rate-limit/rate-limit.extension.js';
import { RepricingService } from '../extensions/usage/repricing.service.js';
import { GATEWAY_SETTINGS } from '../gateway.settings.js';
import { PriceBook } from '../pricing/price-book.js';
import { RoutingComposer } from '../routing/routing-composer.js';
import { RoutingFollower } from '../routing/routing-follower.js';
import { SecretBox } from '../routing/secret-box.js';
import { RoutingSettings } from '../routing.settings.js';
import { NestgateHttpAdapter } from './http/nestgate-http.adapter.js';
import { type WorkerLink } from './workers/worker-link.js';

/** What the administration uses of the gateway. */
const LENT: readonly InjectionToken<object>[] = [
  AdminAuditRepository,
  AdminTokenRepository,
  AnswerSeal,
  ApiKeyAuthenticator,
  ApiKeyRepository,
  BudgetRules,
  BudgetService,
  CacheService,
  ChangeFeed,
  CircuitBreakers,
  GATEWAY_SETTINGS,
  IdempotencyRepository,
  KeyAdministration,
  OwnerAdministration,
  PriceBook,
  RateLimitExtension,
  MetricsService,
  ModelRouter,
  DeploymentsService,
  ProviderProbe,
  RepricingService,
  RoutingAdministration,
  RoutingComposer,
  RoutingFollower,
  RoutingSettings,
  SecretBox,
  UsageQueries,
];

/**
 * The administration of a gateway: an application of its own, with its own server and routes, in the same process. What
 * is asked on the gateway's port never meets a route of the administration, however its path is spelt, and the other way
 * round. It is initialised, and does not listen yet.
 * @param link to the other processes, where the gateway is one worker of several.
 */
export async function createAdministration(
  gateway: INestApplication,
  settings: AdminSettings,
  logger: LoggerService | false,
  link?: WorkerLink,
): Promise<INestApplication> {
  const lent = LENT.map((token) => ({ provide: token, useValue: lend(gateway.get<object>(token, { strict: false })) }));
  if (link !== undefined) lent.push({ provide: MetricsService, useValue: metricsOfAll(link) });
  const application = await NestFactory.create(
    AdminModule.forRoot(settings, lent),
    new NestgateHttpAdapter({}, PROBLEM_FORM),
    { bodyParser: false, logger, abortOnError: false, forceCloseConnections: true },
  );
  application.useGlobalFilters(new ProblemFilter());
  await application.init();
  return application;
}

function metricsOfAll(link: WorkerLink): Pick<MetricsService, 'render' | 'contentType'> {
  return { render: () => link.renderMetrics(), contentType: Registry.PROMETHEUS_CONTENT_TYPE };
}

/** Nest's hooks: what has them was started by the gateway, and is stopped by it. */
const HOOKS: ReadonlySet<string | symbol> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** The gateway's own instance as another application may have it: whole, but for the hooks that it would call again. */
function lend<Instance extends object>(instance: Instance): Instance {
  return new Proxy(instance, {
    get(target, name) {
      if (HOOKS.has(name)) return undefined;
      const value: unknown = Reflect.get(target, name);
      // Private members are known to the instance alone, not to what stands in for it.
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
    },
  });
}
