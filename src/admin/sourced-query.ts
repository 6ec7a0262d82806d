import { IsIn, IsOptional } from 'class-validator';
import { IsFilter, IsPageLimit } from './query.decorators.js';
import { ROUTING_SOURCES, type RoutingSource } from './routing-source.js';

/** What is wanted of a list that has both what is stored and what the configuration says. */
export class SourcedQuery {
  /** So many at most. */
  @IsPageLimit()
  limit?: number;

  /** `next` of the page before. */
  @IsFilter()
  cursor?: string;

  @IsOptional()
  @IsIn(ROUTING_SOURCES)
  source?: RoutingSource;
}
