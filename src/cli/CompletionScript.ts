/** The scripts that `anneal --completions` prints: each asks `anneal complete` for what may follow. Pure. */

export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/** A line that `anneal complete` answers where the shell's own completion of files, or of folders, shall do it. */
export const files = ":files"
export const folders = ":folders"

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/**
 * Bash breaks words at `=`, `:` and `@` where they are not quoted, so the words are taken from the line itself, and of
 * each candidate only what comes after the last break is given back. `xargs` reads quotes as a shell does, and runs
 * nothing that stands in them; a quote that is still open is closed for it.
 */
const bash = (
  command: string
): string => `# anneal: completion for bash. To use it: eval "$(anneal --completions bash)"
_anneal() {
  local line=\${COMP_LINE:0:COMP_POINT} quote text word current kept='' open=''
  local -a words=()
  for quote in '' "'" '"'; do
    text=$(xargs printf '%s\\n' <<< "$line$quote" 2>/dev/null) && break
  done
  while IFS= read -r word; do words+=("$word"); done <<< "$text"
  [[ -z $quote && $line == *[^\\\\][[:space:]] ]] && words+=('')
  current=\${words[\${#words[@]}-1]}
  local IFS=$'\\n'
  local found=($(${command} complete bash "\${words[@]:1}" 2>/dev/null))
  COMPREPLY=()
  [[ -z $quote ]] && kept=\${current%"\${current##*[=:@]}"}
  case \${found[0]} in
    ${files}) compopt -o filenames; COMPREPLY=($(compgen -f -- "\${current#"$kept"}")); return ;;
    ${folders}) compopt -o filenames; COMPREPLY=($(compgen -d -- "\${current#"$kept"}")); return ;;
  esac
  for word in "\${found[@]}"; do
    [[ $word == *[=./] ]] && open=1
    word=\${word#"$kept"}
    [[ -z $quote && $word == *[[:space:]\\'\\"\\\\\\$\\&\\;\\(\\)\\<\\>\\|\\\`]* ]] && printf -v word %q "$word"
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

/** The script for a shell; `program` is what starts anneal, so that it completes behind an alias as well. */
export const script = (shell: Shell, program: ReadonlyArray<string>): string => {
  const command = program.map(quoted).join(" ")
  if (shell === "bash") return bash(command)
  return shell === "zsh" ? zsh(command) : fish(command)
}
