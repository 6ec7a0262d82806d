import { type ExecutionContext, Injectable } from '@nestjs/common';
import { type Caller, PrincipalResolver } from 'nestgate';
import { StaffService } from './staff.service.js';

/** Who the company's people are to the gateway: each by name, with the department as team. */
@Injectable()
export class StaffResolver extends PrincipalResolver {
  constructor(private readonly staff: StaffService) {
    super();
  }

  resolve(context: ExecutionContext): Promise<Caller | undefined> {
    return this.staff.whoAsks(context);
  }
}
