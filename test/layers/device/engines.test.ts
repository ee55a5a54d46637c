/** The contract suite: every engine that is present, against cpu. An absent engine removes its suite and says so. */
import { Effect } from "effect"
import * as DeviceLayer from "../../../src/layers/device/Device.ts"
import { absence, absent, contract } from "./contract.ts"

for (const { name } of DeviceLayer.engines) {
  if (name === "cpu") continue
  const reason = await Effect.runPromise(absence(DeviceLayer, name))
  if (reason === undefined) await contract(DeviceLayer, name)
  else absent(name, reason)
}
