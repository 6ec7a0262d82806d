import { type Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

interface Candidate {
  readonly word: string;
  readonly says: string;
}

/** What may follow: by the commands so far, with a space before each. */
type Candidates = ReadonlyMap<string, readonly Candidate[]>;

/** A script that completes the commands and options of `program` in a shell. */
export function completionScript(shell: Shell, program: Command): string {
  const candidates = candidatesOf(program, '', new Map());
  return shell === 'fish' ? fishScript(candidates) : posixScript(shell, candidates);
}

function candidatesOf(command: Command, path: string, found: Map<string, Candidate[]>): Candidates {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((one) => one.name() !== 'help');
  found.set(path, [
    ...commands.map((one) => ({ word: one.name(), says: one.description() })),
    ...help.visibleOptions(command).map(({ long, description }) => ({ word: long ?? '', says: description })),
  ]);
  for (const one of commands) candidatesOf(one, `${path} ${one.name()}`, found);
  return found;
}

/** Goes down the commands as far as they are known, then tells what may follow. */
function posixScript(shell: 'bash' | 'zsh', candidates: Candidates): string {
  const paths = [...candidates.keys()].filter((path) => path !== '').map((path) => `"${path}"`);
  const cases = [...candidates].map(
    ([path, words]) => `    "${path}") words="${words.map(({ word }) => word).join(' ')}" ;;`,
  );
  const [before, given, after] =
    shell === 'bash'
      ? ['', '"${COMP_WORDS[@]:1:COMP_CWORD-1}"', '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))']
      : ['#compdef nestgate\n', '"${words_given[@]}"', '  compadd -- ${=words}'];
  return `${before}_nestgate() {
${shell === 'zsh' ? '  local -a words_given; words_given=("${(@)words[2,CURRENT-1]}")\n' : ''}  local path="" words="" word
  for word in ${given}; do
    case "$path $word" in
      ${paths.join('|')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
${after}
}
${shell === 'bash' ? 'complete -o default -F _nestgate nestgate' : 'compdef _nestgate nestgate'}
`;
}

function fishScript(candidates: Candidates): string {
  const paths = [...candidates.keys()].filter((path) => path !== '').map((path) => `'${path}'`);
  const lines = [...candidates].flatMap(([path, words]) =>
    words.map(({ word, says }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c nestgate -n "__nestgate_at '${path}'" ${what} -d '${says.replaceAll("'", '’')}'`;
    }),
  );
  return `function __nestgate_at
  set -l path ''
  for word in (commandline -opc)[2..]
    if contains -- "$path $word" ${paths.join(' ')}
      set path "$path $word"
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}
