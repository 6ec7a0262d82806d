import { Injectable } from '@nestjs/common';
import { commonFacts, type ModelFacts } from '../catalogue/model-facts.js';
import { type Deployment } from './deployment.js';

/** Which deployments serve which model. Replaced whole when anything changes. */
export interface RoutingTable {
  /** By the model's name as clients use it. */
  readonly models: ReadonlyMap<string, readonly Deployment[]>;
  /** Other names → model. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Providers that were given no models: they take any model that is asked for as `<provider>/<model>`. */
  readonly open: ReadonlyMap<string, (model: string) => Deployment>;
}

/** A name that can be asked for, with what is behind it. */
export interface ListedModel {
  readonly name: string;
  /** Names of providers. */
  readonly providers: readonly string[];
  /** What is known of every deployment that may answer. */
  readonly facts: ModelFacts;
}

/** Steps that would lead out of the place of models, at providers that have the model in the path of their URLs. */
const LEADS_ELSEWHERE = /\/\.{1,2}(?:\/|$)/;

const NONE: readonly Deployment[] = [];

const EMPTY: RoutingTable = { models: new Map(), aliases: new Map(), open: new Map() };

/** Knows where a request for a model may go, and in which order. */
@Injectable()
export class ModelRouter {
  private table = EMPTY;
  private byId: ReadonlyMap<string, Deployment> = new Map();
  private listed: readonly ListedModel[] | undefined;

  replace(table: RoutingTable): void {
    this.table = table;
    this.listed = undefined;
    this.byId = new Map([...table.models.values()].flat().map((deployment) => [deployment.id, deployment]));
  }

  /** The model that a name stands for: one hop through the aliases. */
  resolve(name: string): string {
    return this.table.aliases.get(name) ?? name;
  }

  /**
   * The names by which a caller may be allowed to ask for this: the name itself, what it stands for, and the model
   * without the provider where it names one.
   */
  namesFor(name: string): readonly string[] {
    const model = this.resolve(name);
    const [deployment] = this.deploymentsOf(model);
    return deployment === undefined ? [name] : [name, model, deployment.model];
  }

  /** The deployments that serve a model, or the one addressed as `<provider>/<model>`, in no particular order. */
  deploymentsOf(model: string): readonly Deployment[] {
    const deployments = this.table.models.get(model);
    if (deployments !== undefined) return deployments;
    const addressed = this.byId.get(model) ?? this.openDeployment(model);
    return addressed === undefined ? NONE : [addressed];
  }

  /**
   * The deployments of a model, or the one addressed as `<provider>/<model>`, in the order in which to try them: the
   * first by chance and weight, the others after it by descending weight.
   */
  route(model: string, random = Math.random): readonly Deployment[] {
    const deployments = this.deploymentsOf(model);
    return deployments.length > 1 ? inTurn(deployments, random) : deployments;
  }

  /** Every name that can be asked for: models and aliases. The same list until the table is replaced. */
  names(): readonly ListedModel[] {
    this.listed ??= this.list();
    return this.listed;
  }

  /** A name that can be asked for, listed or not: one as `<provider>/<model>` is not. */
  find(name: string): ListedModel | undefined {
    const model = this.resolve(name);
    return this.table.aliases.has(name) || this.deploymentsOf(model).length > 0
      ? this.describe(name, model)
      : undefined;
  }

  private list(): ListedModel[] {
    const { models, aliases } = this.table;
    return [
      ...[...models.keys()].map((name) => this.describe(name, name)),
      ...[...aliases].map(([name, model]) => this.describe(name, model)),
    ];
  }

  private describe(name: string, model: string): ListedModel {
    const deployments = this.deploymentsOf(model);
    return {
      name,
      providers: [...new Set(deployments.map(({ providerName }) => providerName))],
      facts: commonFacts(deployments.map(({ facts }) => facts)),
    };
  }

  private openDeployment(model: string): Deployment | undefined {
    const slash = model.indexOf('/');
    if (slash <= 0 || slash === model.length - 1 || LEADS_ELSEWHERE.test(model)) return undefined;
    return this.table.open.get(model.slice(0, slash))?.(model.slice(slash + 1));
  }
}

function inTurn(deployments: readonly Deployment[], random: () => number): readonly Deployment[] {
  const total = deployments.reduce((sum, { weight }) => sum + weight, 0);
  let point = random() * total;
  let chosen = deployments.findIndex(({ weight }) => (point -= weight) < 0);
  if (chosen < 0) chosen = deployments.length - 1;
  const others = deployments.filter((_, index) => index !== chosen).sort((a, b) => b.weight - a.weight);
  return [...deployments.slice(chosen, chosen + 1), ...others];
}
