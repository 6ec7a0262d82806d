import { type CallContext } from '../../events/call-context.js';
import { GuardrailTriggered, type GuardrailSide } from '../../events/gateway-events.js';
import { type GatewayEventBus } from '../../events/gateway-event-bus.js';
import { type Guardrail } from './guardrail.js';

export const FINDINGS_HEADER = 'x-nestgate-guardrails';

/** What guardrails have found on one side of a call: kinds and numbers, never texts. */
export class Findings {
  /** How often something was found. */
  count = 0;
  private readonly found = new Map<Guardrail, Map<string, number>>();

  constructor(private readonly side: GuardrailSide) {}

  add(guardrail: Guardrail, kind: string): void {
    this.count++;
    let kinds = this.found.get(guardrail);
    if (kinds === undefined) this.found.set(guardrail, (kinds = new Map<string, number>()));
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }

  /** Tells what was found since the last time. */
  tell(call: CallContext, bus: GatewayEventBus): void {
    for (const [guardrail, kinds] of this.found) {
      bus.emit(new GuardrailTriggered(call, guardrail.name, this.side, guardrail.action, kinds));
    }
    this.found.clear();
  }

  /** As a header says it, beside what it says already. */
  header(before: string | undefined): string {
    const items = [...this.found].map(([{ name, action }, kinds]) => {
      const count = [...kinds.values()].reduce((sum, one) => sum + one, 0);
      return `${name}; on=${this.side}; action=${action}; kinds="${[...kinds.keys()].join(' ')}"; count=${count}`;
    });
    return [...(before === undefined ? [] : [before]), ...items].join(', ');
  }
}
