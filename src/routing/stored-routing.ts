import { type PriceOptions } from '../price.options.js';
import {
  type DeploymentOptions,
  type ProviderAccountOptions,
  type ProviderConnectionOptions,
} from '../provider.options.js';

/** What is said of a provider that was made over REST. Its secrets are kept apart from it. */
export interface StoredProvider extends ProviderConnectionOptions {
  readonly kind: string;
  /** Its models are those that it lists itself. */
  readonly discover?: boolean;
}

/** Settings of a provider that are never shown. */
export type SecretSetting = 'apiKey' | 'apiKeys' | 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'headers';
export type ProviderSecrets = Pick<ProviderAccountOptions, SecretSetting>;

export interface StoredDeployment extends DeploymentOptions {
  readonly provider: string;
  /** What clients call it. */
  readonly model: string;
}

export interface StoredAlias {
  /** That it stands for. */
  readonly model: string;
}

/** Something that requests are routed by, as stored: made over REST. */
export type RoutingEntry = StoredEntry &
  (
    | { readonly kind: 'provider'; readonly settings: StoredProvider }
    | { readonly kind: 'deployment'; readonly settings: StoredDeployment }
    | { readonly kind: 'alias'; readonly settings: StoredAlias }
  );

interface StoredEntry {
  /** UUIDv7. */
  readonly id: string;
  /** Unique among those of its kind: of a deployment `<provider>/<model>`. */
  readonly name: string;
  /** Sealed; `null` where there are none. */
  readonly secrets: Buffer | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Counts its changes, from 1. */
  readonly version: number;
}

export type RoutingKind = RoutingEntry['kind'];
export type EntryOf<Kind extends RoutingKind> = Extract<RoutingEntry, { kind: Kind }>;

/** What a price said from one change to the next. It is never changed itself: records were rated by it. */
export interface PriceVersion {
  /** UUIDv7: of the price, the same for all its versions. */
  readonly id: string;
  /** From 1. */
  readonly version: number;
  readonly settings: PriceOptions;
  readonly createdAt: Date;
  /** From here on there is no such price. */
  readonly isEnd: boolean;
}

/** All that is stored, of one moment. */
export interface RoutingState {
  /** In the order in which they were made. */
  readonly entries: readonly RoutingEntry[];
  /** The last version of each price that has not come to its end, in the order in which the prices were made. */
  readonly prices: readonly PriceVersion[];
}

/** What administration has added to what the configuration says of routing. */
export abstract class StoredRouting {
  abstract read(): Promise<RoutingState>;
}

export function entriesOf<Kind extends RoutingKind>({ entries }: RoutingState, kind: Kind): EntryOf<Kind>[] {
  return entries.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}
