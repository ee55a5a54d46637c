/** Keys of trackers: from the environment, or from the file where their own tools keep them. Always redacted. */
import { homedir } from "node:os"
import { join } from "node:path"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Netrc from "./Netrc.ts"

/** An environment variable; empty counts as absent. */
export const fromEnvironment = (name: string): Effect.Effect<Option.Option<string>> =>
  Effect.map(
    Effect.option(
      Effect.gen(function* () {
        return yield* Config.String(name)
      })
    ),
    Option.filter((value) => value !== "")
  )

/** A secret environment variable; empty counts as absent. */
export const secretFromEnvironment = (name: string): Effect.Effect<Option.Option<Redacted.Redacted>> =>
  fromEnvironment(name).pipe(
    Effect.flatMap(
      Option.match({
        onNone: () => Effect.succeedNone,
        onSome: () =>
          Effect.option(
            Effect.gen(function* () {
              return yield* Config.Redacted(name)
            })
          )
      })
    )
  )

/** The password for a host in `$NETRC`, or `~/.netrc`; the default entry only if `anyHost`. */
export const fromNetrc = Effect.fnUntraced(function* (
  host: string,
  anyHost: boolean
): Effect.fn.Return<Option.Option<Redacted.Redacted>, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const path = Option.getOrElse(yield* fromEnvironment("NETRC"), () => join(homedir(), ".netrc"))
  const text = yield* Effect.option(fs.readFileString(path))
  return Option.flatMap(text, (found) => Option.fromNullishOr(Netrc.passwordFor(found, host, anyHost)))
})

/** The environment variables that trackers use. */
const variables = [
  "WANDB_API_KEY",
  "WANDB_BASE_URL",
  "NETRC",
  "MLFLOW_TRACKING_URI",
  "MLFLOW_TRACKING_TOKEN",
  "MLFLOW_TRACKING_USERNAME",
  "MLFLOW_TRACKING_PASSWORD"
]

/** The environment for a thread of this process: the variables that trackers use have the values configured here. */
export const environment: Effect.Effect<NodeJS.ProcessEnv> = Effect.map(
  Effect.forEach(variables, (name) => Effect.map(fromEnvironment(name), Option.getOrUndefined)),
  (found) => ({
    ...process.env,
    ...Object.fromEntries(variables.map((name, i) => [name, found[i] ?? ""]))
  })
)
