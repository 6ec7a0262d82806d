/** A name, of a model most of all, as one step of a path: it ends no step, and leads nowhere else. */
export function pathStep(name: string): string {
  if (/^\.+$/.test(name)) return name.replaceAll('.', '%2E');
  // Half of a surrogate pair, which JSON can spell, is refused there; as bytes it becomes the replacement character.
  return encodeURIComponent(Buffer.from(name).toString());
}
