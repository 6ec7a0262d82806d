import { keys, tokens } from './key-groups.js';
import { organizations, teams } from './owner-groups.js';
import { aliases, deployments, providers } from './provider-groups.js';
import { type RestGroup } from './rest-command.js';
import { cache, circuits, metrics, models } from './routing-groups.js';
import { audit, budgets, prices, usage } from './usage-groups.js';

/** All that the administration does, as commands. A test compares them with its OpenAPI document. */
export const REST_GROUPS: readonly RestGroup[] = [
  keys,
  teams,
  organizations,
  providers,
  deployments,
  aliases,
  models,
  prices,
  usage,
  budgets,
  audit,
  tokens,
  circuits,
  cache,
  metrics,
];
