/** The scripts that `anneal --completions` prints: each calls `anneal complete` for the candidates. Pure. */

export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/** Printed by `anneal complete` to leave the completion of files, or of folders, to the shell. */
export const files = ":files"
export const folders = ":folders"

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/**
 * Bash breaks words at an unquoted `=`, `:` or `@` and at an open quote. So the script reads the words from the line
 * itself, as a shell does but without running anything, and returns of each candidate only the part after the last
 * break, escaped for the open quote: Bash inserts it as it is.
 */
const bash = (
  command: string
): string => `# anneal: completion for bash. To use it: eval "$(anneal --completions bash)"
_anneal() {
  local line=\${COMP_LINE:0:COMP_POINT} quote='' current='' begun='' kept='' open='' from=0 i char word
  local -a words=() found=()
  for ((i = 0; i < \${#line}; i++)); do
    char=\${line:i:1}
    case $quote$char in
      \\'\\' | \\"\\") quote='' ;;
      \\"\\\\) char=\${line:$((++i)):1}; [[ $char == [\\$\\\`\\"\\\\] ]] || current+=\\\\; current+=$char ;;
      \\'? | \\"?) current+=$char ;;
      \\' | \\") quote=$char; begun=1; from=\${#current} ;;
      \\\\) current+=\${line:$((++i)):1}; begun=1 ;;
      [[:space:]]) [[ -n $begun ]] && words+=("$current"); current=''; begun='' ;;
      *) current+=$char; begun=1 ;;
    esac
  done
  mapfile -t found < <(${command} complete bash "\${words[@]:1}" "$current" 2>/dev/null)
  COMPREPLY=()
  if [[ -n $quote ]]; then kept=\${current:0:from}; else kept=\${current%"\${current##*[=:@]}"}; fi
  case \${found[0]} in
    ${files}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "\${current#"$kept"}"); return ;;
    ${folders}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "\${current#"$kept"}"); return ;;
  esac
  for word in "\${found[@]}"; do
    [[ $word == *[=./] ]] && open=1
    word=\${word#"$kept"}
    case $quote in
      \\') word=\${word//\\'/\\'\\\\\\'\\'} ;;
      \\") word=\${word//\\\\/\\\\\\\\}; word=\${word//\\"/\\\\\\"}; word=\${word//\\$/\\\\\\$}; word=\${word//\\\`/\\\\\\\`} ;;
      *) [[ $word == *[[:space:]\\'\\"\\\\\\$\\&\\;\\(\\)\\<\\>\\|\\\`*?!{}#]* ]] && printf -v word %q "$word" ;;
    esac
    COMPREPLY+=("$word")
  done
  [[ -n $open ]] && compopt -o nospace
  return 0
}
complete -F _anneal anneal
`

const zsh = (command: string): string => `#compdef anneal
# anneal: completion for zsh. To use it: eval "$(anneal --completions zsh)", after compinit
_anneal() {
  local line word
  local -a found open opened closed closeds
  found=("\${(@f)$(${command} complete zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  [[ $found[1] == :* ]] && compset -P '-*='
  case $found[1] in
    ${files}) _files; return ;;
    ${folders}) _files -/; return ;;
  esac
  for line in $found; do
    [[ -n $line ]] || continue
    word=\${line%%$'\\t'*}
    line=\${line/$'\\t'/  -- }
    if [[ $word == *[=./] ]]; then open+=("$word"); opened+=("$line")
    else closed+=("$word"); closeds+=("$line"); fi
  done
  (( $#open )) && compadd -l -S '' -d opened -a open
  (( $#closed )) && compadd -l -d closeds -a closed
}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _anneal "$@"; else compdef _anneal anneal; fi
`

const fish = (
  command: string
): string => `# anneal: completion for fish. To use it: anneal --completions fish | source
function __anneal_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct | string unescape)
  set -l found (${command} complete fish $words[2..-1] "$current" 2>/dev/null)
  switch "$found[1]"
    case ${files}
      __fish_complete_path "$current"
    case ${folders}
      __fish_complete_directories "$current"
    case '*'
      printf '%s\\n' $found
  end
end
complete -c anneal -f -a '(__anneal_complete)'
`

/** The script for a shell; `program` is the command that starts anneal, so that an alias is completed as well. */
export const script = (shell: Shell, program: ReadonlyArray<string>): string => {
  const command = program.map(quoted).join(" ")
  if (shell === "bash") return bash(command)
  return shell === "zsh" ? zsh(command) : fish(command)
}
