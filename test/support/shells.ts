/** What real shells make of our completion scripts. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { program } from "./anneal.ts"

export const available = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0

const scripts = new Map<string, string>()

/** The completion script of a shell, from the real command line, once. */
const scriptFor = (shell: string): string => {
  const known = scripts.get(shell)
  if (known !== undefined) return known
  const { stdout } = spawnSync(process.execPath, [program, "--completions", shell], { encoding: "utf8" })
  scripts.set(shell, stdout)
  return stdout
}

const output = (cwd: string, shell: string, args: ReadonlyArray<string>): string => {
  const env = { ...process.env, ANNEAL_COMPLETION: scriptFor(shell) }
  const { status, stdout, stderr } = spawnSync(shell, args, { cwd, encoding: "utf8", env })
  if (status !== 0 || stderr !== "") throw new Error(`${shell} ended with ${status}: ${stderr}`)
  return stdout
}

const wordsOf = (text: string): Array<string> => text.split("\n").filter((word) => word !== "")

/**
 * What `COMPREPLY` holds in a real bash, and which options its function sets. `typed` is what bash then calls the word:
 * from the last break on, or from an open quote.
 */
export const inBash = (cwd: string, line: string, typed?: string): Array<string> => {
  const script = `
    eval "$ANNEAL_COMPLETION"
    compopt() { printf 'option %s %s\\n' "$@"; }
    COMP_LINE=$1; COMP_POINT=\${#1}
    _anneal anneal "$2" previous
    printf '%s\\n' "\${COMPREPLY[@]}"
  `
  const word = typed ?? /[^\s=:@]*$/.exec(line)?.[0] ?? ""
  return wordsOf(output(cwd, "bash", ["--norc", "-c", script, "bash", line, word]))
}

/** The words of a line as bash reads them; what it would run, it runs. */
export const bashReads = (cwd: string, line: string): Array<string> =>
  wordsOf(output(cwd, "bash", ["--norc", "-c", `printf '%s\\n' ${line}`]))

export interface Completed {
  /** What was offered. */
  readonly words: ReadonlyArray<string>
  /** How the line then stands; what all words that are offered begin with is in it. */
  readonly line: string
}

const typeInZsh = (cwd: string, setup: string, lines: ReadonlyArray<string>): ReadonlyArray<Completed> => {
  const script = join(import.meta.dirname, "typeInZsh.zsh")
  const ends = output(cwd, "zsh", ["-f", script, setup, ...lines]).split(/^line (.*)$/m)
  return lines.map((_, i) => ({
    words: [...new Set(wordsOf(ends[2 * i] ?? "").map((word) => word.replace(/^word /, "")))].sort(),
    line: ends[2 * i + 1] ?? ""
  }))
}

const initialized = "autoload -Uz compinit; compinit -D -u"

/** Each line completed in an interactive zsh that evaluated the script. */
export const inZsh = (cwd: string, lines: ReadonlyArray<string>): ReadonlyArray<Completed> =>
  typeInZsh(cwd, `${initialized}; eval "$ANNEAL_COMPLETION"`, lines)

/** The same where the script is a file `_anneal` in a folder of functions, which zsh loads when it is needed. */
export const inZshFrom = (cwd: string, folder: string, lines: ReadonlyArray<string>) =>
  typeInZsh(
    cwd,
    `fpath=(${folder} $fpath); print -r -- "$ANNEAL_COMPLETION" > ${folder}/_anneal; ${initialized}`,
    lines
  )

/** What fish offers for each line, without the descriptions. */
export const inFish = (cwd: string, lines: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const script = `
    printf '%s' "$ANNEAL_COMPLETION" | source
    for line in $argv
      complete -C $line
      echo end
    end
  `
  const texts = output(cwd, "fish", ["--no-config", "-c", script, ...lines]).split(/^end$/m)
  return lines.map((_, i) => wordsOf(texts[i] ?? "").map((word) => word.split("\t")[0] ?? ""))
}
