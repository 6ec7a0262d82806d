import { ConfigurableModuleBuilder } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { type DataSourceSettings } from './data-source.js';

/** A database of this module's own, or a connected data source of the host's, which is used and never closed. */
export type PersistenceModuleOptions = {
  /** Milliseconds between two looks for changes of other gateways that nobody told of, 10,000 by default. */
  readonly pollInterval?: number;
  /**
   * Whether our migrations run at the start, which is the default. `false` for a host that runs them itself, from
   * `gatewayMigrations`: the start only sees that they have run.
   */
  readonly migrate?: boolean;
} & (
  | (DataSourceSettings & {
      /** Milliseconds to wait at the start for a server that does not answer yet, 15,000 by default. */
      readonly patienceMs?: number;
      /** Whether the start goes on where it does not answer by then, and it is connected when it does; not by default. */
      readonly startsWithout?: boolean;
    })
  | {
      readonly dataSource: DataSource;
      /** The Postgres schema of our tables: that of `gatewayMigrations` where the data source lists them, otherwise `nestgate`. */
      readonly schema?: string;
    }
);

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<PersistenceModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build();
