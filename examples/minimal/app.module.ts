import { Module } from '@nestjs/common';
import { GatewayModule } from 'nestgate';

/** The least that a host says: who answers, and who may ask. */
@Module({
  imports: [
    GatewayModule.forRoot({
      providers: [{ name: 'simulator', kind: 'simulator' }],
      keys: [{ name: 'web', secret: process.env['GATEWAY_KEY'] ?? '' }],
    }),
  ],
})
export class AppModule {}
