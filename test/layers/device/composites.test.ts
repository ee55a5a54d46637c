/** The wasm engine without its kernel pack: the composed kernels stay the reference, so they are held to the contract too. */
import { afterAll } from "vitest"
import { contract } from "./contract.ts"

process.env.ANNEAL_KERNELS = "composite"
afterAll(() => {
  delete process.env.ANNEAL_KERNELS
})

await contract(await import("../../../src/layers/device/Device.ts"), "wasm")
