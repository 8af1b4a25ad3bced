import type { Command, Option } from 'commander';

interface Entry {
  /** `import`, `plugins list`; empty for the program itself. */
  readonly path: string;
  readonly command: Command;
}

function entriesOf(command: Command, path: readonly string[] = []): Entry[] {
  return [
    { path: path.join(' '), command },
    ...command.commands.flatMap((sub) => entriesOf(sub, [...path, sub.name()])),
  ];
}

/** What can follow `datavis`, `datavis import`, `datavis plugins list`, …, beside values. */
function wordsOf({ command }: Entry): string[] {
  const options = command.options.flatMap(({ long }) => (long == null ? [] : [long]));
  const values = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  return [...command.commands.map((sub) => sub.name()), ...values, ...options, '--help'];
}

const flagsOf = ({ long, short }: Option): string[] => [long, short].filter((flag) => flag != null);

function bash(entries: readonly Entry[]): string {
  const values = entries.flatMap((entry) =>
    entry.command.options.flatMap((option) =>
      option.argChoices === undefined
        ? []
        : flagsOf(option).map(
            (flag) =>
              `    '${entry.path} ${flag}') COMPREPLY=($(compgen -W '${option.argChoices?.join(' ')}' -- "$current")); return ;;`,
          ),
    ),
  );
  const paths = entries.map(({ path }) => path).filter((path) => path !== '');
  return `_datavis() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' i file
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && break
    case "\${path:+$path }\${COMP_WORDS[i]}" in
${paths.map((path) => `      '${path}') path='${path}' ;;`).join('\n')}
    esac
  done
  case "$path $previous" in
${values.join('\n')}
  esac
  case "$path" in
${entries.map((entry) => `    '${entry.path}') words='${wordsOf(entry).join(' ')}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current == -* ]] && return
  # A line a name: names may hold blanks.
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
}
complete -o filenames -F _datavis datavis`;
}

function zsh(entries: readonly Entry[]): string {
  return `autoload -U +X bashcompinit && bashcompinit
${bash(entries)}`;
}

function fish(entries: readonly Entry[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`\'`)}'`;
  const lines = ['complete -c datavis -f -n __fish_use_subcommand'];
  for (const { path, command } of entries) {
    const seen = path
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    const condition = path === '' ? '__fish_use_subcommand' : quoted(seen);
    const complete = `complete -c datavis -n ${condition}`;
    for (const sub of command.commands) {
      lines.push(`${complete} -f -a ${sub.name()} -d ${quoted(sub.description())}`);
    }
    for (const { argChoices } of command.registeredArguments) {
      if (argChoices !== undefined) lines.push(`${complete} -f -a ${quoted(argChoices.join(' '))}`);
    }
    for (const { long, short, description, argChoices } of command.options) {
      if (long == null) continue;
      const letter = short == null ? '' : ` -s ${short.slice(1)}`;
      const choices = argChoices === undefined ? '' : ` -x -a ${quoted(argChoices.join(' '))}`;
      lines.push(`${complete} -l ${long.slice(2)}${letter}${choices} -d ${quoted(description)}`);
    }
  }
  return lines.join('\n');
}

/** Made from the program itself, so that it knows every command, option and choice. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  return { bash, zsh, fish }[shell](entriesOf(program));
}
