/** The contract suite: every engine that is present, against cpu. An absent engine removes its suite and says so. */
import { Effect } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { absent, contract } from "./contract.ts"

const presences = await Effect.runPromise(
  Effect.forEach(
    DeviceLayer.engines.filter(({ name }) => name !== "cpu"),
    ({ name, probe }) => Effect.map(probe, (presence) => ({ name, presence }))
  )
)

for (const { name, presence } of presences) {
  if (presence.present) await contract(DeviceLayer, name)
  else absent(name, presence.reason)
}
