import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { FailedAuthentications } from '../auth/failed-authentications.js';
import { ADMIN_SETTINGS, type AdminSettings } from './admin.settings.js';
import { AdminAuthenticator } from './admin-authenticator.js';
import { AdminGuard } from './admin.guard.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditVerification } from './audit/audit-verification.js';
import { BudgetsController } from './budgets/budgets.controller.js';
import { CacheController } from './cache/cache.controller.js';
import { CircuitsController } from './circuits/circuits.controller.js';
import { DocsController } from './docs/docs.controller.js';
import { CallVerdicts } from './explain/call-verdicts.js';
import { ExplainController } from './explain/explain.controller.js';
import { RouteExplainer } from './explain/route-explainer.js';
import { FirstAdminToken } from './first-admin-token.js';
import { IdempotentChanges } from './idempotent-changes.js';
import { KeyListService } from './keys/key-list.service.js';
import { KeysController } from './keys/keys.controller.js';
import { KeysService } from './keys/keys.service.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { ADMIN_ROUTES, OpenApiDocument } from './openapi/openapi-document.js';
import { OrganizationsController } from './owners/organizations.controller.js';
import { OwnersService } from './owners/owners.service.js';
import { TeamsController } from './owners/teams.controller.js';
import { PricesController } from './prices/prices.controller.js';
import { AliasesController } from './routing/aliases.controller.js';
import { AliasesService } from './routing/aliases.service.js';
import { DeploymentsAdministrationService } from './routing/deployments-administration.service.js';
import { DeploymentsController } from './routing/deployments.controller.js';
import { ProviderTrialsService } from './routing/provider-trials.service.js';
import { ProvidersController } from './routing/providers.controller.js';
import { ProvidersService } from './routing/providers.service.js';
import { RoutingChanges } from './routing-changes.js';
import { PricesService } from './prices/prices.service.js';
import { ProblemFilter } from './problem.filter.js';
import { StoredDigests } from './stored-digests.js';
import { TokensController } from './tokens/tokens.controller.js';
import { TokensService } from './tokens/tokens.service.js';
import { UsageExport } from './usage/usage-export.js';
import { UsageController } from './usage/usage.controller.js';

/** The routes of the administration. */
export const ADMIN_CONTROLLERS = [
  AliasesController,
  AuditController,
  BudgetsController,
  CacheController,
  CircuitsController,
  DeploymentsController,
  DocsController,
  ExplainController,
  KeysController,
  MetricsController,
  OpenApiController,
  OrganizationsController,
  PricesController,
  ProvidersController,
  TeamsController,
  TokensController,
  UsageController,
];

/** What they are made of, beside what the gateway gives. */
export const ADMIN_PROVIDERS: Provider[] = [
  { provide: ADMIN_ROUTES, useValue: ADMIN_CONTROLLERS },
  AdminAuthenticator,
  AdminGuard,
  AliasesService,
  AuditVerification,
  CallVerdicts,
  DeploymentsAdministrationService,
  FailedAuthentications,
  FirstAdminToken,
  IdempotentChanges,
  KeyListService,
  KeysService,
  OpenApiDocument,
  OwnersService,
  ProblemFilter,
  PricesService,
  ProvidersService,
  ProviderTrialsService,
  RouteExplainer,
  RoutingChanges,
  StoredDigests,
  TokensService,
  UsageExport,
];

/** The administration of a gateway. What it administers is the gateway's own, and given to it. */
@Module({
  controllers: [...ADMIN_CONTROLLERS],
  providers: [...ADMIN_PROVIDERS],
})
export class AdminModule {
  /** @param gateway what the gateway provides. */
  static forRoot(settings: AdminSettings, gateway: Provider[]): DynamicModule {
    return {
      module: AdminModule,
      providers: [{ provide: ADMIN_SETTINGS, useValue: settings }, ...gateway],
    };
  }
}
