/**
 * What becomes of a parameter that the provider has nothing for: `strict` refuses the request, `warn` leaves the
 * parameter out and says so, `drop` leaves it out.
 */
export type ParameterPolicy = 'strict' | 'warn' | 'drop';

export const PARAMETER_POLICIES: readonly ParameterPolicy[] = ['strict', 'warn', 'drop'];
