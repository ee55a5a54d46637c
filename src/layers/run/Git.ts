/**
 * The commit of a run's code, read without running anything but git itself.
 *
 * A repository's own configuration can name programs that git starts even to read files, and a folder from elsewhere
 * has a configuration that this user did not write. Each of these ways is closed; the user's global configuration
 * stays in effect.
 */
import * as Effect from "effect/Effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

export interface GitState {
  /** 40 hexadecimal digits. */
  readonly commit: string
  /** Whether tracked files differ from it; changes inside submodules do not count. */
  readonly dirty: boolean
}

/** Objects missing from a partial clone are not fetched, since that starts programs that the repository chooses. */
const env = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none", GIT_TERMINAL_PROMPT: "0" }

/** No file monitor and no hooks; reading writes nothing and takes no lock, so that the user can commit meanwhile. */
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

/** The file filters that the repository itself configures, each as `filter.name`. `listed` holds scopes and keys. */
const ownFilters = (listed: string): ReadonlyArray<string> => {
  const words = listed.split("\0")
  const names = words.flatMap((key, index) =>
    ownScopes.has(words[index - 1]) ? (filterKey.exec(key)?.[1] ?? []) : []
  )
  return [...new Set(names)]
}

/** An empty command passes files through unchanged. */
const without = (filter: string): ReadonlyArray<string> =>
  ["clean=", "process=", "required=false"].flatMap((setting) => ["-c", `${filter}.${setting}`])

const listing = ["config", "--list", "--show-scope", "--name-only", "-z"]
/** Submodules have configurations of their own: git reads only their commit and starts nothing in them. */
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
    // `-c` ends a name at the first equals sign, so this one cannot be overridden.
    if (filters.some((filter) => filter.includes("="))) return null
    return parse(yield* ask(folder, [...filters.flatMap(without), ...status]))
  }).pipe(
    Effect.timeout("5 seconds"),
    Effect.catchTag(["PlatformError", "TimeoutError"], () => Effect.succeed(null))
  )
