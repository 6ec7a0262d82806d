/** Names of models come from providers and clients; a header takes printable ASCII only. */
export function headerText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  // Half of a surrogate pair, which JSON can spell, is refused there; as bytes it becomes the replacement character.
  return encodeURIComponent(Buffer.from(text).toString());
}

/** Tells parameters that were left out, since the provider has nothing for them. */
export const WARNINGS_HEADER = 'x-nestgate-warnings';

/** Each with its name as a quoted string: clients may have put anything into it. */
export function warningsText(parameters: readonly string[]): string {
  return parameters
    .map((name) => `unsupported_parameter; param="${headerText(name).replace(/["\\]/g, '\\$&')}"`)
    .join(', ');
}
