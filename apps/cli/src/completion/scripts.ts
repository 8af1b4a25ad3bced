import type { Command } from 'commander';

/** What can follow `datavis`, `datavis import`, `datavis plugins list`, …: words by path. */
function wordsByPath(command: Command, path: readonly string[] = []): [path: string, words: string[]][] {
  const options = command.options.flatMap(({ long }) => (long == null ? [] : [long]));
  const words = [...command.commands.map((sub) => sub.name()), ...options, '--help'];
  return [[path.join(' '), words], ...command.commands.flatMap((sub) => wordsByPath(sub, [...path, sub.name()]))];
}

function bash(program: Command): string {
  const cases = wordsByPath(program)
    .map(([path, words]) => `    '${path}') words='${words.join(' ')}' ;;`)
    .join('\n');
  return `_datavis() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && break
    case "\${path:+$path }\${COMP_WORDS[i]}" in
${[...new Set(wordsByPath(program).map(([path]) => path))]
  .filter((path) => path !== '')
  .map((path) => `      '${path}') path='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _datavis datavis`;
}

function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit
${bash(program)}`;
}

function fish(program: Command): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`\'`)}'`;
  const lines = ['complete -c datavis -f -n __fish_use_subcommand'];
  for (const command of program.commands) {
    const name = command.name();
    lines.push(
      `complete -c datavis -f -n __fish_use_subcommand -a ${name} -d ${quoted(command.description())}`,
      ...command.commands.map(
        (sub) =>
          `complete -c datavis -f -n '__fish_seen_subcommand_from ${name}' -a ${sub.name()} -d ${quoted(sub.description())}`,
      ),
      ...command.options.flatMap(({ long, description }) =>
        long == null
          ? []
          : [
              `complete -c datavis -n '__fish_seen_subcommand_from ${name}' -l ${long.slice(2)} -d ${quoted(description)}`,
            ],
      ),
    );
  }
  return lines.join('\n');
}

/** Made from the program itself, so that it knows every command and option. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  return { bash, zsh, fish }[shell](program);
}
