import { type DynamicModule, Module } from '@nestjs/common';
import { type ProviderOptions } from 'nestgate';
import { LlmModule } from '../../../libs/llm/src/llm.module.js';
import { StaffModule } from '../../../libs/staff/src/staff.module.js';
import { SummariesController } from './summaries.controller.js';

@Module({ controllers: [SummariesController] })
export class AppModule {
  static forRoot(providers: ProviderOptions[]): DynamicModule {
    return { module: AppModule, imports: [StaffModule, LlmModule.forRoot(providers)] };
  }
}
