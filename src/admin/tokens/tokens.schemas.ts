import { ADMIN_SCOPES } from '../admin-scopes.js';
import { answerSchema, listOf, oneOf, orNull, TEXT, TIME } from '../answer-schema.js';
import { type NewlyShownToken, type ShownToken } from './shown-token.js';
import { type TokenPage } from './tokens.service.js';

const MEMBERS = {
  id: TEXT,
  name: TEXT,
  role: orNull(TEXT),
  scopes: listOf(oneOf(...ADMIN_SCOPES)),
  grantedBy: orNull(TEXT),
  status: oneOf('active', 'expired', 'revoked'),
  createdAt: TIME,
  expiresAt: orNull(TIME),
  revokedAt: orNull(TIME),
};

export const TOKEN = answerSchema<ShownToken>('Token', MEMBERS);
export const NEW_TOKEN = answerSchema<NewlyShownToken>('NewToken', { ...MEMBERS, secret: TEXT });
export const TOKEN_PAGE = answerSchema<TokenPage>('TokenPage', { tokens: listOf(TOKEN), next: orNull(TEXT) });
