import { KeySettings } from '../../key.options.js';
import { answerSchema, FLAG, listOf, oneOf, orNull, TEXT, TIME, WHOLE } from '../answer-schema.js';
import { KEY_STATUSES } from './key-administration.js';
import { type KeyPage } from './key-list.service.js';
import { type NewlyShownKey, type ShownKey } from './shown-key.js';

const MEMBERS = {
  id: TEXT,
  name: TEXT,
  masked: orNull(TEXT),
  source: oneOf('stored', 'configuration'),
  readOnly: FLAG,
  status: oneOf(...KEY_STATUSES),
  models: orNull(listOf(TEXT)),
  createdAt: orNull(TIME),
  updatedAt: orNull(TIME),
  expiresAt: orNull(TIME),
  disabledAt: orNull(TIME),
  revokedAt: orNull(TIME),
  previousSecretUntil: orNull(TIME),
  version: WHOLE,
};

export const KEY = answerSchema<Omit<ShownKey, keyof KeySettings>>('Key', MEMBERS, KeySettings);

export const NEW_KEY = answerSchema<Omit<NewlyShownKey, keyof KeySettings>>(
  'NewKey',
  { ...MEMBERS, secret: TEXT },
  KeySettings,
);

export const KEY_PAGE = answerSchema<KeyPage>('KeyPage', { keys: listOf(KEY), next: orNull(TEXT) });
