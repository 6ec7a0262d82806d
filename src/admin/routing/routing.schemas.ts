import { ProviderConnectionOptions } from '../../provider.options.js';
import { answerSchema, FLAG, listOf, NUMBER, oneOf, orNull, TEXT, TIME, WHOLE } from '../answer-schema.js';
import { type AliasPage, type ShownAlias } from './aliases.service.js';
import { type DeploymentPage, type ShownDeployment } from './deployments-administration.service.js';
import { DeploymentSettings } from './deployments.dto.js';
import { type ShownTrial, type ShownTrials } from './provider-trials.service.js';
import { type ProviderPage, type RekeyingResult } from './providers.service.js';
import { ROUTING_SOURCES, type ShownEntry } from '../routing-source.js';
import { type ShownProvider, type ShownSecret } from './shown-provider.js';

const MEMBERS = {
  name: TEXT,
  source: oneOf(...ROUTING_SOURCES),
  readOnly: FLAG,
  createdAt: orNull(TIME),
  updatedAt: orNull(TIME),
  version: WHOLE,
} satisfies Record<keyof ShownEntry, unknown>;

const SECRET = answerSchema<ShownSecret>('ProviderSecret', { setting: TEXT, masked: TEXT });

export const PROVIDER = answerSchema<Omit<ShownProvider, keyof ProviderConnectionOptions>>(
  'Provider',
  { ...MEMBERS, kind: TEXT, discover: FLAG, secrets: listOf(SECRET), secretsReadable: FLAG },
  ProviderConnectionOptions,
  ['discover'],
);
export const PROVIDER_PAGE = answerSchema<ProviderPage>('ProviderPage', {
  providers: listOf(PROVIDER),
  next: orNull(TEXT),
});

const TRIAL_ERROR = answerSchema<NonNullable<ShownTrial['error']>>('ProviderTrialError', {
  code: orNull(TEXT),
  status: WHOLE,
  message: TEXT,
});
const TRIAL = answerSchema<ShownTrial>('ProviderTrial', {
  key: orNull(WHOLE),
  ok: FLAG,
  milliseconds: NUMBER,
  error: orNull(TRIAL_ERROR),
});
export const TRIALS = answerSchema<ShownTrials>('ProviderTrials', {
  ok: FLAG,
  model: orNull(TEXT),
  results: listOf(TRIAL),
});
export const LISTED_MODELS = answerSchema<{ models: unknown }>('ListedModels', { models: listOf(TEXT) });
const WAITING = answerSchema<RekeyingResult['waiting']>('RekeyingWaiting', {
  keys: listOf(TEXT),
  tokens: listOf(TEXT),
});
export const REKEYING = answerSchema<RekeyingResult>('Rekeying', {
  rekeyed: listOf(TEXT),
  unreadable: listOf(TEXT),
  waiting: WAITING,
});

export const DEPLOYMENT = answerSchema<Omit<ShownDeployment, keyof DeploymentSettings>>(
  'Deployment',
  { ...MEMBERS, provider: TEXT, model: TEXT },
  DeploymentSettings,
);
export const DEPLOYMENT_PAGE = answerSchema<DeploymentPage>('DeploymentPage', {
  deployments: listOf(DEPLOYMENT),
  next: orNull(TEXT),
});

export const ALIAS = answerSchema<ShownAlias>('Alias', { ...MEMBERS, model: TEXT });
export const ALIAS_PAGE = answerSchema<AliasPage>('AliasPage', { aliases: listOf(ALIAS), next: orNull(TEXT) });
