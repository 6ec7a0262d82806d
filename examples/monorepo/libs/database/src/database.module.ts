import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Person } from './person.entity.js';

/** The company's database. */
@Module({
  providers: [
    {
      provide: DataSource,
      useFactory: () =>
        new DataSource({
          type: 'postgres',
          url: process.env['DATABASE_URL'] ?? '',
          schema: 'acme',
          entities: [Person],
        }).initialize(),
    },
  ],
  exports: [DataSource],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  /** The last of Nest's hooks: the gateway's records are stored by then. */
  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
