import { GatewayError } from '../errors/gateway-error.js';
import { type ParameterPolicy } from '../protocol/parameter-policy.js';

/** They go into a header and onto a record, and clients choose them: more, and longer ones, are not told. */
const MAX_NAMES = 32;
const MAX_NAME_LENGTH = 64;

const NONE: readonly string[] = [];

/** Without these the answer is not the one that was asked for: one in place of three, text in place of speech. */
const ESSENTIAL: ReadonlySet<string> = new Set(['n', 'functions', 'modalities', 'audio']);

/** The parameters of one try that its provider has nothing for. */
export class UnsupportedParameters {
  // Made when there is one: most requests have none.
  private found: string[] | undefined;

  constructor(private readonly policy: ParameterPolicy) {}

  /** To be told to the client and on the record. */
  get names(): readonly string[] {
    return this.policy === 'warn' ? (this.found ?? NONE) : NONE;
  }

  /**
   * @param param as in OpenAI's errors: `logit_bias`, `messages[2].name`.
   * @throws GatewayError `unsupported_parameter` where the policy is strict, or the answer would be another one.
   */
  add(param: string): void {
    const name = param.length > MAX_NAME_LENGTH ? `${param.slice(0, MAX_NAME_LENGTH)}...` : param;
    if (this.policy === 'strict' || ESSENTIAL.has(param)) {
      throw new GatewayError('unsupported_parameter', {
        message: `The provider of this model does not support '${name}'.`,
        param: name,
      });
    }
    this.found ??= [];
    if (this.found.length < MAX_NAMES && !this.found.includes(name)) this.found.push(name);
  }
}
