/** Whether the engine reproduces its results bit by bit, and what follows if the plan asks for that. */
import * as Effect from "effect/Effect"
import { type DeviceInfo, DeviceUnsupported } from "./Device.ts"

/** `true` requires an engine that does, `"warn"` asks for a warning. */
export type Wish = boolean | "warn"

/** The warning to show, if any; fails if `wish` is `true` and the engine does not reproduce its results. */
export const check = (
  info: Pick<DeviceInfo, "name" | "deterministic">,
  wish: Wish
): Effect.Effect<string | undefined, DeviceUnsupported> => {
  if (info.deterministic || wish === false) return Effect.succeed(undefined)
  const reason = `${info.name} does not give the same bits every time`
  return wish === "warn"
    ? Effect.succeed(`${reason}: a resumed run will be close to the uninterrupted one, not equal to it`)
    : Effect.fail(
        new DeviceUnsupported({
          setting: "trainer.deterministic",
          value: "true",
          reason,
          cure: "Use trainer.accelerator=wasm or cpu, or set trainer.deterministic=warn or false."
        })
      )
}
