/** What a format makes of a recorded net: files, what is said about them, and the net as a client of the format runs it. */
import type * as Effect from "effect/Effect"
import type { HostTensors } from "../../pipeline/nn/HostTensor.ts"

export interface Exported<E> {
  /** Contents by path in the folder. */
  readonly files: { readonly [path: string]: Uint8Array | string }
  /** For `export.json`. */
  readonly about: { readonly [key: string]: unknown }
  /** The net, as the format's own runtime computes it; names and layouts are the engine's. */
  readonly run: (inputs: HostTensors) => Effect.Effect<HostTensors, E>
}

export interface Source {
  /** The net's name. */
  readonly name: string
  readonly version: string
  /** Kept in files that have a place for it. */
  readonly metadata: { readonly [key: string]: string }
}
