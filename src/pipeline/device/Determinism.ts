/** Whether the engine repeats its bits, and what a plan that insists on it says. */
import * as Effect from "effect/Effect"
import { type DeviceInfo, DeviceUnsupported } from "./Device.ts"

/** `true` insists, `"warn"` wants to be told. */
export type Wish = boolean | "warn"

/** A sentence where the engine does not repeat its bits and `wish` is to be told; fails where it insists. */
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
          cure: "Take trainer.accelerator=wasm or cpu, or set trainer.deterministic=warn or false."
        })
      )
}
