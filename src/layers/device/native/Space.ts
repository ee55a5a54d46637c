/** Free disk space, checked before an installation, since a disk that fills up halfway costs minutes. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Bytes from "../../internal/Bytes.ts"
import { EngineInstallError } from "./InstallError.ts"
import type { Variant } from "./NativeHome.ts"

const gibibyte = 2 ** 30

/** Bytes that unpacking, building and installing need at the same time. */
const needed = { native: 3 * gibibyte, gpu: 12 * gibibyte } as const satisfies Record<Variant, number>

export const advice = (variant: Variant): string =>
  `Make ${needed[variant] / gibibyte} GiB of room, or choose another folder with ANNEAL_HOME=<folder>`

/** Free bytes of the disk that holds a folder; infinite if that is unknown. */
export const FreeSpace = Context.Reference<(folder: string) => Effect.Effect<number>>(
  "anneal/device/native/FreeSpace",
  {
    defaultValue: () => (folder) =>
      Effect.map(
        Bytes.freeAt(folder),
        Option.getOrElse(() => Number.POSITIVE_INFINITY)
      )
  }
)

export const check = Effect.fnUntraced(function* (variant: Variant, folder: string) {
  const ask = yield* FreeSpace
  const free = yield* ask(folder)
  if (free >= needed[variant]) return
  return yield* new EngineInstallError({
    engine: variant,
    step: "space",
    problem: `${folder} has ${Bytes.sized(free)} left, and ${needed[variant] / gibibyte} GiB are needed`,
    cure: "Make room, or choose another folder with ANNEAL_HOME=<folder>",
    output: ""
  })
})
