import { Module } from '@nestjs/common';
import { DatabaseModule } from '../../database/src/database.module.js';
import { StaffService } from './staff.service.js';

@Module({ imports: [DatabaseModule], providers: [StaffService], exports: [StaffService] })
export class StaffModule {}
