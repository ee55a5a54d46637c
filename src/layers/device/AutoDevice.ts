/** The best engine of this machine, with nothing to choose. */
import * as DeviceLayer from "./Device.ts"

export const layer = DeviceLayer.layer({
  accelerator: "auto",
  devices: 1,
  strategy: "auto",
  precision: "32-true"
})
