/**
 * What one unit of each kind costs, in pico-USD for a million of them, so that no price is too fine. What is left out
 * has the price of its nearest kin: see `completeRates`.
 */
export interface Rates<Amount = bigint> {
  /** Tokens. */
  readonly input?: Amount;
  readonly cacheRead?: Amount;
  readonly cacheWrite5m?: Amount;
  readonly cacheWrite1h?: Amount;
  readonly inputAudio?: Amount;
  readonly inputImage?: Amount;
  readonly output?: Amount;
  readonly reasoning?: Amount;
  readonly outputAudio?: Amount;
  readonly outputImage?: Amount;
  /** Images made. */
  readonly image?: Amount;
  /** Seconds of audio heard. */
  readonly second?: Amount;
  /** Characters spoken. */
  readonly character?: Amount;
  /** Search units: a query over up to a hundred documents. */
  readonly search?: Amount;
  /** The call itself. */
  readonly request?: Amount;
}

export type RateName = keyof Rates;

/** Every kind has a price, if it is none at all. */
export type CompleteRates = Readonly<Record<RateName, bigint>>;

export const RATE_NAMES = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'inputAudio',
  'inputImage',
  'output',
  'reasoning',
  'outputAudio',
  'outputImage',
  'image',
  'second',
  'character',
  'search',
  'request',
] as const satisfies readonly RateName[];

/** Tokens of a kind without a price of its own cost what plain input, or plain output, does. */
export function completeRates(rates: Rates): CompleteRates {
  const { input = 0n, output = 0n, image = 0n, second = 0n, character = 0n, search = 0n, request = 0n } = rates;
  const { cacheWrite5m = input } = rates;
  return {
    input,
    cacheRead: rates.cacheRead ?? input,
    cacheWrite5m,
    cacheWrite1h: rates.cacheWrite1h ?? cacheWrite5m,
    inputAudio: rates.inputAudio ?? input,
    inputImage: rates.inputImage ?? input,
    output,
    reasoning: rates.reasoning ?? output,
    outputAudio: rates.outputAudio ?? output,
    outputImage: rates.outputImage ?? output,
    image,
    second,
    character,
    search,
    request,
  };
}
