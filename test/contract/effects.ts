import { expect } from 'vitest';
import { type ParameterPolicy } from '../../src/protocol/parameter-policy.js';
import { type ProviderLimit } from '../../src/providers/provider-limits.js';
import { type Json } from './provider-double.js';
import { type Outcome } from './stage.js';

/** One feature on trial. */
export interface Trial {
  /** What asks for it, beside the model. */
  readonly request: Json;
  /** Whether the provider has words for it in its answers. */
  readonly isTold: boolean;
  ask(policy?: ParameterPolicy): Promise<Outcome>;
  /** Fails unless the feature arrives. */
  check(outcome: Outcome): void;
}

/** Holds what an adapter declares against what happens, both ways: what it does not declare must work. */
export async function expectEffect(limit: ProviderLimit | undefined, trial: Trial): Promise<void> {
  switch (limit?.effect) {
    case undefined: {
      const outcome = await trial.ask('strict');
      expectAnswer(outcome);
      trial.check(outcome);
      expect(trial.isTold).toBe(true);
      return;
    }
    case 'refused':
      expectRefused(await trial.ask('drop'), trial);
      return;
    case 'left out': {
      expectRefused(await trial.ask('strict'), trial);
      const warned = await trial.ask();
      expectAnswer(warned);
      expect(warned.warnings).not.toEqual([]);
      expect(Object.keys(trial.request)).toEqual(expect.arrayContaining(warned.warnings.map(nameIn)));
      expectNotArrived(trial, warned);
      const dropped = await trial.ask('drop');
      expectAnswer(dropped);
      expect(dropped.warnings).toEqual([]);
      return;
    }
    case 'changed': {
      const outcome = await trial.ask('strict');
      expectAnswer(outcome);
      expectNotArrived(trial, outcome);
      return;
    }
    case 'absent':
      expect(trial.isTold).toBe(false);
  }
}

function expectAnswer({ status, answer }: Outcome): void {
  // The text tells what went wrong.
  expect(status === 200 ? status : answer.text).toBe(200);
}

function expectRefused(outcome: Outcome, trial: Trial): void {
  expect(outcome.status).toBe(400);
  expect(outcome.error).toMatchObject({ code: 'unsupported_parameter' });
  const { param } = outcome.error as Json;
  expect(Object.keys(trial.request)).toContain(nameIn(String(param)));
  expect(outcome.dispatches).toBe(0);
}

/** Where all is as it should be the declaration is not true. */
function expectNotArrived({ check }: Trial, outcome: Outcome): void {
  let hasArrived = true;
  try {
    check(outcome);
  } catch {
    hasArrived = false;
  }
  expect(hasArrived).toBe(false);
}

/** The parameter in which something is: `messages` of `messages[0].name`. */
const nameIn = (param: string): string => param.split(/[.[]/)[0] ?? '';
