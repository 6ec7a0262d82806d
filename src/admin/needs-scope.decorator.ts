import { Reflector } from '@nestjs/core';
import { type AdminScope } from './admin-scopes.js';

/** What a token must be able to do for the route. A route that does not say lets nobody in. */
export const NeedsScope = Reflector.createDecorator<AdminScope>();
