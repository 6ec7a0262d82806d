import { type GuardrailSide } from '../../events/gateway-events.js';
import { type Findings } from './findings.js';
import { refusal, type TextGuardrail } from './guardrail.js';
import { JsonTextFilter } from './json-text-filter.js';
import { type MapText, type TextForm } from './member-texts.js';
import { TextFilter } from './text-filter.js';

/** One text that comes in pieces, looked through by several guardrails, each after the one before it. */
export class GuardedText {
  private readonly filters: readonly (TextFilter | JsonTextFilter)[];

  constructor(guardrails: readonly TextGuardrail[], side: GuardrailSide, form: TextForm, findings: Findings) {
    this.filters = guardrails.map((guardrail) => {
      const filter = filterOf(guardrail, side, findings);
      return form === 'json' ? new JsonTextFilter(filter) : filter;
    });
  }

  /** @returns what is beyond doubt. @throws GatewayError where a guardrail refuses. */
  push(text: string): string {
    return this.filters.reduce((passed, filter) => filter.push(passed), text);
  }

  /** @returns the rest. @throws GatewayError where a guardrail refuses. */
  end(): string {
    return this.filters.reduce((passed, filter) => filter.push(passed) + filter.end(), '');
  }
}

/** Looks through whole texts. One in which nothing is found stays as it is, to the letter. */
export function mapWholeTexts(guardrails: readonly TextGuardrail[], side: GuardrailSide, findings: Findings): MapText {
  return (text, form) => {
    const { count } = findings;
    const guarded = new GuardedText(guardrails, side, form, findings);
    const passed = guarded.push(text) + guarded.end();
    return findings.count === count ? text : passed;
  };
}

function filterOf(guardrail: TextGuardrail, side: GuardrailSide, findings: Findings): TextFilter {
  const { action, rules } = guardrail;
  return new TextFilter(
    rules,
    ({ kind, replacement }, text) => {
      findings.add(guardrail, kind);
      if (action === 'refuse') throw refusal(guardrail, side);
      return action === 'mask' ? replacement : text;
    },
    action === 'warn',
  );
}
