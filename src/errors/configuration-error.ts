/** A setting that is missing or wrong. */
export interface ConfigurationProblem {
  /** Of the setting: `providers[1].baseUrl (provider "groq")`, or the environment variable's name. */
  readonly path: string;
  /** What is the matter: “is missing”. Never holds a secret. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
  /** That holds the setting, with the line where it is known: `nestgate.yaml:12`. */
  readonly file?: string | undefined;
}

/** Settings that are missing or wrong: says which, what is the matter, and what to do. Stops the start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** Every problem found, at least one. */
  readonly problems: readonly ConfigurationProblem[];

  /**
   * @param path of the setting: `providers.openai.baseUrl`, or the environment variable's name.
   * @param problem what is the matter: “is missing”. Never holds a secret.
   * @param remedy what to do about it.
   * @param file that holds the setting, with the line where it is known.
   * @param others found along with it.
   */
  constructor(
    readonly path: string,
    readonly problem: string,
    readonly remedy: string,
    readonly file?: string,
    others: readonly ConfigurationProblem[] = [],
  ) {
    const problems = [{ path, problem, remedy, file }, ...others];
    super(listed(problems.map(describe)));
    this.problems = problems;
  }

  /** One error that holds them all. */
  static of([first, ...others]: readonly [ConfigurationProblem, ...ConfigurationProblem[]]): ConfigurationError {
    return new ConfigurationError(first.path, first.problem, first.remedy, first.file, others);
  }
}

/** A host that requests may not go to. */
export class BlockedHostError extends ConfigurationError {}

function describe({ path, problem, remedy, file }: ConfigurationProblem): string {
  return `${file === undefined ? '' : `${file}: `}${path} ${problem}: ${remedy}`;
}

function listed(lines: readonly string[]): string {
  if (lines.length === 1) return lines.join('');
  return [`The configuration has ${lines.length} problems:`, ...lines.map((line) => `- ${line}`)].join('\n');
}
