import { ANSWERS_CASES } from './cases/answers.cases.js';
import { CONTENT_CASES } from './cases/content.cases.js';
import { type FeatureCase } from './cases/feature-case.js';
import { PARAMETERS_CASES } from './cases/parameters.cases.js';
import { TOOLS_CASES } from './cases/tools.cases.js';

/** Every feature of chats that a provider may lack, with what shows that one has it. */
export const CHAT_CASES: readonly FeatureCase[] = [
  ...TOOLS_CASES,
  ...CONTENT_CASES,
  ...ANSWERS_CASES,
  ...PARAMETERS_CASES,
];
