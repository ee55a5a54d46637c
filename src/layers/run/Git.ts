/** The commit that the code of a run stands at. */
import * as Effect from "effect/Effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

export interface GitState {
  /** 40 hexadecimal digits. */
  readonly commit: string
  /** Whether tracked files differ from it. */
  readonly dirty: boolean
}

/** The state of the repository around `folder`; null without git, repository or commit, or after 5 seconds. */
export const stateOf = (
  folder: string
): Effect.Effect<GitState | null, never, ChildProcessSpawner.ChildProcessSpawner> =>
  Effect.gen(function* () {
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const args = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    // Asking must not take the index's lock from a person who commits meanwhile.
    const env = { GIT_OPTIONAL_LOCKS: "0" }
    const text = yield* spawner.string(
      ChildProcess.make("git", args, { cwd: folder, env, extendEnv: true, stderr: "ignore" })
    )
    const found = /^([0-9a-f]{40})(-dirty)?$/.exec(text.trim())
    return found?.[1] === undefined ? null : { commit: found[1], dirty: found[2] !== undefined }
  }).pipe(
    Effect.timeout("5 seconds"),
    Effect.catchTag(["PlatformError", "TimeoutError"], () => Effect.succeed(null))
  )
