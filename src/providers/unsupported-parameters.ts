import { GatewayError } from '../errors/gateway-error.js';
import { type ParameterPolicy } from '../protocol/parameter-policy.js';

/** The parameters of one try that its provider has nothing for. */
export class UnsupportedParameters {
  private readonly found = new Set<string>();

  constructor(private readonly policy: ParameterPolicy) {}

  /** To be told to the client and on the record. */
  get names(): readonly string[] {
    return this.policy === 'warn' ? [...this.found] : [];
  }

  /**
   * @param param as in OpenAI's errors: `logit_bias`, `messages[2].name`.
   * @throws GatewayError `unsupported_parameter` where the policy is strict.
   */
  add(param: string): void {
    if (this.policy === 'strict') {
      throw new GatewayError('unsupported_parameter', {
        message: `The provider of this model does not support '${param}'.`,
        param,
      });
    }
    this.found.add(param);
  }
}
