/** `process.env`, or what stands in for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expansion {
  readonly text: string;
  /** The text was one reference and nothing else. */
  readonly isWhole: boolean;
  readonly problems: readonly { readonly problem: string; readonly remedy: string }[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const INNER = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Puts the values of environment variables in place of `${NAME}` and `${NAME:-default}`, where the default stands for a
 * variable that is unset or empty, as in a shell. `$${` is a literal `${`. What a value brings is not looked at again.
 */
export function expandVariables(source: string, environment: Environment): Expansion {
  const problems: { problem: string; remedy: string }[] = [];
  const text = source.replace(REFERENCE, (reference, inner: string | undefined, end: string | undefined) => {
    if (inner === undefined) return '${';
    const [, name, fallback] = INNER.exec(inner) ?? [];
    if (name === undefined || end !== '}' || fallback?.includes('${') === true) {
      problems.push({
        problem: 'holds a ${ that cannot be expanded',
        remedy: 'write ${NAME} or ${NAME:-default} without another ${ inside, or $${ for a literal ${',
      });
      return reference;
    }
    const value = valueOf(environment, name);
    if (value === undefined && fallback === undefined) {
      problems.push({
        problem: `needs the environment variable ${name}, which is not set`,
        remedy: `set ${name}, or give it a default: \${${name}:-default}`,
      });
      return reference;
    }
    return fallback !== undefined && (value ?? '') === '' ? fallback : (value ?? '');
  });
  return { text, isWhole: /^\$\{[^}]*\}$/.test(source), problems };
}

/** The value of a variable; never what an object has by nature. */
export function valueOf(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}
