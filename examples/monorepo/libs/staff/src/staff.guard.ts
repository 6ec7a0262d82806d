import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { StaffService } from './staff.service.js';

/** Lets the company's people in. */
@Injectable()
export class StaffGuard implements CanActivate {
  constructor(private readonly staff: StaffService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    return (await this.staff.whoAsks(context)) !== undefined;
  }
}
