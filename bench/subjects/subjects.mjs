import { startBare } from './bare.mjs';
import { startBifrost } from './bifrost.mjs';
import { startCrabllm } from './crabllm.mjs';
import { startLitellm } from './litellm.mjs';
import { startNestgate } from './nestgate.mjs';
import { startPortkey } from './portkey.mjs';

/**
 * @typedef {import('./subject.mjs').SubjectName} SubjectName
 * @typedef {import('./subject.mjs').Subject} Subject
 * @typedef {import('./subject.mjs').Surroundings} Surroundings
 */

/** In the order of the tables. @type {Readonly<Record<SubjectName, (surroundings: Surroundings) => Promise<Subject>>>} */
const STARTERS = {
  bare: startBare,
  nestgate: (surroundings) => startNestgate(surroundings, { name: 'nestgate', isOn: true }),
  'nestgate-off': (surroundings) => startNestgate(surroundings, { name: 'nestgate-off', isOn: false }),
  portkey: startPortkey,
  litellm: startLitellm,
  crabllm: startCrabllm,
  bifrost: startBifrost,
};

export const SUBJECTS = /** @type {readonly SubjectName[]} */ (Object.keys(STARTERS));

/** Those that a run takes that says nothing else. @type {readonly SubjectName[]} */
export const USUAL_SUBJECTS = ['bare', 'nestgate', 'nestgate-off', 'portkey'];

/**
 * @param {SubjectName} name @param {Surroundings} surroundings
 * @throws {import('./subject.mjs').SubjectMissing} where it is not installed or not built
 */
export function startSubject(name, surroundings) {
  return STARTERS[name](surroundings);
}
