import { OwnerSettings, TeamSettings } from '../../owner.options.js';
import { answerSchema, listOf, orNull, TEXT, TIME, WHOLE } from '../answer-schema.js';
import { type ShownOwner } from './owners.service.js';

const MEMBERS = { name: TEXT, createdAt: TIME, updatedAt: TIME, version: WHOLE };

export const TEAM = answerSchema<Omit<ShownOwner, keyof TeamSettings>>('Team', MEMBERS, TeamSettings);
export const TEAM_PAGE = answerSchema<{ teams: unknown; next: unknown }>('TeamPage', {
  teams: listOf(TEAM),
  next: orNull(TEXT),
});

export const ORGANIZATION = answerSchema<Omit<ShownOwner, keyof TeamSettings>>('Organization', MEMBERS, OwnerSettings);
export const ORGANIZATION_PAGE = answerSchema<{ organizations: unknown; next: unknown }>('OrganizationPage', {
  organizations: listOf(ORGANIZATION),
  next: orNull(TEXT),
});
