/** The best engine of this machine, without options. */
import * as DeviceLayer from "./Device.ts"

export const layer = DeviceLayer.layer({
  accelerator: "auto",
  devices: 1,
  strategy: "auto",
  precision: "32-true"
})
