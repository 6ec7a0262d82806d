import { applyDecorators, UseFilters, UseGuards } from '@nestjs/common';
import { AdminGuard } from './admin.guard.js';
import { ProblemFilter } from './problem.filter.js';

/** What every route of the administration has in common: the guard, and errors as problem details. */
export const AdminRoute = (): ClassDecorator & MethodDecorator =>
  applyDecorators(UseGuards(AdminGuard), UseFilters(ProblemFilter));

/** A route that asks for no token. It changes nothing, and tells nothing of what was asked or answered. */
export const OpenAdminRoute = (): ClassDecorator & MethodDecorator => applyDecorators(UseFilters(ProblemFilter));
