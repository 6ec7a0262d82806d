import { Controller, Get, Module, Param, ParseIntPipe } from '@nestjs/common';
import { getDataSourceToken, InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { GatewayAdminModule, gatewayMigrations, GatewayModule, PersistenceModule } from 'nestgate';
import { Column, DataSource, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';

@Entity({ name: 'order' })
export class Order {
  @PrimaryColumn('int')
  id = 0;

  @Column('text')
  item = '';
}

export class CreateOrders1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE "order" (id int PRIMARY KEY, item text NOT NULL)`);
    await queryRunner.query(`INSERT INTO "order" VALUES (1, 'tea')`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE "order"');
  }
}

@Controller('orders')
export class OrdersController {
  constructor(@InjectDataSource('accounts') private readonly dataSource: DataSource) {}

  @Get(':id')
  get(@Param('id', ParseIntPipe) id: number): Promise<Order> {
    return this.dataSource.getRepository(Order).findOneByOrFail({ id });
  }
}

const server = { type: 'postgres' as const, url: process.env['DATABASE_URL'] ?? '', migrationsRun: true };
const masterKey = Buffer.alloc(32, 7);
const settings = {
  masterKey,
  providers: [{ name: 'simulator', kind: 'simulator' }],
  keys: [{ name: 'acme', secret: process.env['GATEWAY_KEY'] ?? '' }],
};

// Its tables are made by the module, in the database of the orders.
const storage = PersistenceModule.forRootAsync({
  inject: [getDataSourceToken('accounts')],
  useFactory: (dataSource: DataSource) => ({ dataSource, schema: 'llm_gateway' }),
});
const orders = GatewayModule.forRoot({ ...settings, prefix: 'ai', storage });
const sharing = GatewayModule.forRoot({ ...settings, prefix: 'shared', endpoints: ['chat'], storage });

// Its tables are made by the host's runner.
const archive = GatewayModule.forRoot({
  ...settings,
  prefix: 'archive',
  storage: PersistenceModule.forRootAsync({
    inject: [getDataSourceToken('archive')],
    useFactory: (dataSource: DataSource) => ({ dataSource, migrate: false }),
  }),
});

@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...server,
      name: 'accounts',
      entities: [Order],
      migrations: [CreateOrders1700000000000],
    }),
    TypeOrmModule.forRoot({
      ...server,
      name: 'archive',
      migrations: [...gatewayMigrations('llm_archive')],
      migrationsTableName: 'archive_migrations',
    }),
    orders,
    GatewayAdminModule.forRoot({
      gateway: orders,
      masterKey,
      prefix: 'ai',
      token: process.env['ADMIN_TOKEN'] ?? '',
    }),
    sharing,
    archive,
  ],
  controllers: [OrdersController],
})
export class AppModule {}
