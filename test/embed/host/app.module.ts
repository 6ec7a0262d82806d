import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Param,
  ParseIntPipe,
  Post,
} from '@nestjs/common';
import { type Caller, GatewayModule, GatewayService, PrincipalResolver } from 'nestgate';

@Injectable()
export class Staff {
  private readonly people: Readonly<Record<string, Caller>> = { ada: { name: 'ada', team: 'search' } };

  find(context: ExecutionContext): Caller | undefined {
    return this.people[loginOf(context)];
  }
}

@Module({ providers: [Staff], exports: [Staff] })
export class StaffModule {}

@Injectable()
export class StaffGuard implements CanActivate {
  constructor(private readonly staff: Staff) {}

  canActivate(context: ExecutionContext): boolean {
    if (loginOf(context) === 'eve') throw new ForbiddenException('Not you.');
    return this.staff instanceof Staff;
  }
}

@Injectable()
export class StaffResolver extends PrincipalResolver {
  constructor(private readonly staff: Staff) {
    super();
  }

  resolve(context: ExecutionContext): Caller | undefined {
    return this.staff.find(context);
  }
}

@Controller()
export class OrdersController {
  constructor(private readonly gateway: GatewayService) {}

  @Get('orders/:id')
  get(@Param('id', ParseIntPipe) id: number): object {
    return { id };
  }

  @Post('orders')
  create(@Body() body: object): object {
    return { created: body };
  }

  @Get('summary')
  async summarise(): Promise<object> {
    let streamed = '';
    const request = { model: 'simulator/echo', messages: [{ role: 'user' as const, content: 'From within' }] };
    const { choices } = await this.gateway.chat(request);
    for await (const chunk of this.gateway.chatStream(request)) streamed += chunk.choices[0]?.delta.content ?? '';
    return { whole: choices[0]?.message.content, streamed };
  }
}

const partners = GatewayModule.forRoot({
  prefix: 'ai',
  providers: [{ name: 'simulator', kind: 'simulator' }],
  keys: [{ name: 'acme', secret: process.env['GATEWAY_KEY'] ?? '' }],
});

@Module({
  imports: [partners],
  controllers: [OrdersController],
})
export class OrdersModule implements OnApplicationShutdown {
  onApplicationShutdown(signal?: string): void {
    console.log(`orders end by ${signal}`);
  }
}

@Module({
  imports: [
    OrdersModule,
    GatewayModule.forRootAsync({
      prefix: 'staff',
      endpoints: ['chat'],
      imports: [StaffModule],
      guards: [StaffGuard],
      principalResolver: StaffResolver,
      useFactory: () => ({ providers: [{ name: 'other', kind: 'simulator', models: [{ name: 'echo' }] }] }),
    }),
  ],
})
export class AppModule {}

function loginOf(context: ExecutionContext): string {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
  return headers['x-login'] ?? '';
}
