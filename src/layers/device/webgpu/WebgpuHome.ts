/** The packages of the webgpu engine, and where they are installed. */
import { join } from "node:path"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as EngineFolder from "../internal/EngineFolder.ts"
import * as NativeHome from "../native/NativeHome.ts"

/** Chrome's WebGPU as a Node addon. */
export const dawn = "webgpu"
/** TensorFlow.js' kernels in WebGPU's shading language. */
export const backend = "@tensorflow/tfjs-backend-webgpu"
/** What those kernels call. */
export const core = "@tensorflow/tfjs-core"

export const packages = { [dawn]: "0.6.2", [backend]: "4.22.0", [core]: "4.22.0" } as const

export const folder = (): string => join(NativeHome.home(), "engines", "webgpu")

/** Names of packages to their versions. */
const Manifest = Schema.Struct({
  packages: Schema.Record(Schema.String, Schema.String),
  installed: Schema.String
})
export type Manifest = typeof Manifest.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Manifest))

/** The installed packages; none if there are none, or if the installation did not finish. */
export const installed = (): Option.Option<Manifest> =>
  Option.flatMap(EngineFolder.manifestIn(folder()), decode)
