/**
 * `--name value`, `--name=value` and `--flag`. A name that is not known is an error, so that a slip of the pen does not
 * run another benchmark than was meant.
 * @param {readonly string[]} args
 * @param {readonly string[]} known
 * @returns {Map<string, string>} a flag without value has the value ''
 */
export function parseOptions(args, known) {
  /** @type {Map<string, string>} */
  const options = new Map();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [, name, value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined || !known.includes(name)) {
      throw new Error(`Unknown option ${arg}. Known: ${known.map((option) => `--${option}`).join(' ')}`);
    }
    const next = args[at + 1];
    if (value !== undefined) options.set(name, value);
    else if (next !== undefined && !next.startsWith('--')) {
      options.set(name, next);
      at++;
    } else options.set(name, '');
  }
  return options;
}

/**
 * @param {ReadonlyMap<string, string>} options
 * @param {string} name
 * @param {number} fallback where the option is not given
 * @param {number} least @param {number} most
 */
export function numberOption(options, name, fallback, least, most) {
  const text = options.get(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text === '' || !(value >= least && value <= most)) {
    throw new Error(`--${name} takes a number from ${least} to ${most}, not '${text}'`);
  }
  return value;
}

/**
 * A comma-separated list of known words.
 * @param {ReadonlyMap<string, string>} options
 * @param {string} name
 * @param {readonly string[]} fallback
 * @param {readonly string[]} known
 */
export function listOption(options, name, fallback, known) {
  const text = options.get(name);
  if (text === undefined) return [...fallback];
  const words = text.split(',').filter((word) => word !== '');
  const unknown = words.find((word) => !known.includes(word));
  if (words.length === 0 || unknown !== undefined) {
    throw new Error(`--${name} takes some of ${known.join(',')}, not '${text}'`);
  }
  return words;
}
