/**
 * The commit that the code of a run stands at, asked so that nothing runs but git itself.
 *
 * A repository's own configuration names programs that git starts even to look at files, and a folder that came from
 * elsewhere has one of somebody else. Each way is shut; what the person has set up for all repositories stays.
 */
import * as Effect from "effect/Effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

export interface GitState {
  /** 40 hexadecimal digits. */
  readonly commit: string
  /** Whether tracked files differ from it; what a submodule's own files hold does not count. */
  readonly dirty: boolean
}

/** Objects that a partial clone lacks are not fetched, since that starts programs of the repository's choice. */
const env = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none", GIT_TERMINAL_PROMPT: "0" }

/** No monitor of files, no hooks; asking takes no lock from a person who commits meanwhile, and writes nothing. */
const quiet = [
  "--no-pager",
  "--no-optional-locks",
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=/dev/null"
]

const ask = (folder: string, args: ReadonlyArray<string>) =>
  Effect.flatMap(ChildProcessSpawner.ChildProcessSpawner, (spawner) =>
    spawner.string(
      ChildProcess.make("git", [...quiet, ...args], { cwd: folder, env, extendEnv: true, stderr: "ignore" })
    )
  )

const filterKey = /^(filter\..*)\.(?:clean|smudge|process|required)$/s
const ownScopes: ReadonlySet<string | undefined> = new Set(["local", "worktree"])

/** The filters of files that the repository itself configures: `filter.name` each. `listed` are scopes and keys. */
const ownFilters = (listed: string): ReadonlyArray<string> => {
  const words = listed.split("\0")
  const names = words.flatMap((key, index) =>
    ownScopes.has(words[index - 1]) ? (filterKey.exec(key)?.[1] ?? []) : []
  )
  return [...new Set(names)]
}

/** Empty commands pass the files on as they are. */
const without = (filter: string): ReadonlyArray<string> =>
  ["clean=", "process=", "required=false"].flatMap((setting) => ["-c", `${filter}.${setting}`])

const listing = ["config", "--list", "--show-scope", "--name-only", "-z"]
/** Submodules have configurations of their own: git looks at their commit alone, and starts nothing in them. */
const status = [
  "status",
  "--porcelain=v2",
  "--branch",
  "--no-ahead-behind",
  "--no-renames",
  "--untracked-files=no",
  "--ignore-submodules=dirty"
]

const parse = (text: string): GitState | null => {
  const commit = /^# branch\.oid ([0-9a-f]{40})$/m.exec(text)?.[1]
  return commit === undefined ? null : { commit, dirty: /^[^#\n]/m.test(text) }
}

/** The state of the repository around `folder`; null without git 2.26, repository or commit, or after 5 seconds. */
export const stateOf = (
  folder: string
): Effect.Effect<GitState | null, never, ChildProcessSpawner.ChildProcessSpawner> =>
  Effect.gen(function* () {
    const filters = ownFilters(yield* ask(folder, listing))
    // `-c` ends a name at the first equals sign, so that this one cannot be shut.
    if (filters.some((filter) => filter.includes("="))) return null
    return parse(yield* ask(folder, [...filters.flatMap(without), ...status]))
  }).pipe(
    Effect.timeout("5 seconds"),
    Effect.catchTag(["PlatformError", "TimeoutError"], () => Effect.succeed(null))
  )
