import { Body, Controller, Post, UseGuards } from '@nestjs/common';
import { GatewayService } from 'nestgate';
import { StaffGuard } from '../../../libs/staff/src/staff.guard.js';

/** A feature of the application's own: no client of it knows that a model is asked. */
@UseGuards(StaffGuard)
@Controller('summaries')
export class SummariesController {
  constructor(private readonly gateway: GatewayService) {}

  @Post()
  async create(@Body() { text }: { text: string }): Promise<{ summary: string | null }> {
    const { choices } = await this.gateway.chat(
      { model: 'fast', messages: [{ role: 'user', content: text }] },
      { caller: { name: 'summaries' } },
    );
    return { summary: choices[0]?.message.content ?? null };
  }
}
