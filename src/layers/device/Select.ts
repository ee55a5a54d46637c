/** Chooses the engine: the named one, or the best available one; refuses what no engine can do. */
import { Effect } from "effect"
import { DeviceUnavailable, DeviceUnsupported, type EngineName } from "../../pipeline/device/Device.ts"
import type { Engine } from "./internal/Engine.ts"

export interface DeviceOptions {
  readonly accelerator: "auto" | EngineName
  /** Devices to train on; Anneal uses one. */
  readonly devices: number | "auto"
  readonly strategy: string
  /** `32-true`: float32 throughout. */
  readonly precision: string
  /** Threads, at least 1; null and absent let the engine choose. */
  readonly threads?: number | null
}

export interface Choice {
  readonly engine: Engine
  readonly reason: string
}

const refuse = (setting: string, value: string, reason: string, cure: string) =>
  Effect.fail(new DeviceUnsupported({ setting, value, reason, cure }))

const checkThreads = ({ accelerator, threads }: DeviceOptions) => {
  if (threads === undefined || threads === null) return Effect.void
  if (!(Number.isInteger(threads) && threads >= 1)) {
    return refuse("trainer.threads", String(threads), "it is not a number of threads", "Use 1 or more.")
  }
  return accelerator === "webgpu"
    ? refuse(
        "trainer.threads",
        String(threads),
        "the card schedules its work itself",
        "Leave it out on webgpu."
      )
    : Effect.void
}

/** Settings of other trainers that would be ignored here are refused by name. */
export const check = Effect.fn("Select.check")(function* (options: DeviceOptions) {
  if (options.devices !== "auto" && options.devices !== 1) {
    return yield* refuse(
      "trainer.devices",
      String(options.devices),
      "a run trains on one device",
      "Use trainer.devices=1."
    )
  }
  if (options.strategy !== "auto") {
    return yield* refuse(
      "trainer.strategy",
      options.strategy,
      "a run on one device has nothing to distribute",
      "Use trainer.strategy=auto."
    )
  }
  if (!["32-true", "32"].includes(options.precision)) {
    return yield* refuse(
      "trainer.precision",
      options.precision,
      `accelerator "${options.accelerator}" computes in float32, and no precision is replaced silently`,
      "Use trainer.precision=32-true."
    )
  }
  yield* checkThreads(options)
})

/** Whether it is available and passed its trial. */
const usable = ({ probe, tried }: Engine) =>
  Effect.flatMap(probe, (presence) =>
    presence.present && tried !== undefined
      ? Effect.map(tried(false), ({ presence }) => presence)
      : Effect.succeed(presence)
  )

const named = Effect.fnUntraced(function* (accelerator: EngineName, engines: ReadonlyArray<Engine>) {
  const engine = engines.find(({ name }) => name === accelerator)
  if (engine === undefined) {
    return yield* new DeviceUnavailable({
      accelerator,
      reason: "this version of Anneal has no engine of this name",
      cure: `Choose one of ${engines.map(({ name }) => name).join(", ")}.`
    })
  }
  const presence = yield* usable(engine)
  if (!presence.present) return yield* new DeviceUnavailable({ accelerator, ...presence })
  return { engine, reason: "asked for" }
})

/** Best first; `auto` takes the first that is available, and reports why it passed over the others. */
const best = Effect.fnUntraced(function* (engines: ReadonlyArray<Engine>) {
  const passed: Array<string> = []
  for (const engine of engines.filter(({ byNameOnly }) => byNameOnly !== true)) {
    const presence = yield* usable(engine)
    if (presence.present) {
      const over = passed.length > 0 ? `; ${passed.join("; ")}` : ""
      return { engine, reason: `the best available engine${over}` }
    }
    passed.push(`${engine.name}: ${presence.reason}`)
  }
  return yield* new DeviceUnavailable({
    accelerator: "auto",
    reason: passed.join("; "),
    cure: 'Run "npm ci" again.'
  })
})

export const choose = (
  options: DeviceOptions,
  engines: ReadonlyArray<Engine>
): Effect.Effect<Choice, DeviceUnavailable> =>
  options.accelerator === "auto" ? best(engines) : named(options.accelerator, engines)
