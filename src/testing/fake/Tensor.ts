/** Tensors of the fake device: values in plain arrays, counted from creation to disposal. */
import type { HostData } from "../../pipeline/nn/HostTensor.ts"
import * as HostTensor from "../../pipeline/nn/HostTensor.ts"

/** Every live tensor, and the open frames of `tidy`. */
export interface Memory {
  readonly alive: Set<Tensor>
  readonly frames: Array<Set<Tensor>>
}

export class Tensor {
  readonly values: HostData
  readonly shape: Array<number>
  readonly #memory: Memory
  kept = false

  constructor(memory: Memory, values: HostData, shape: ReadonlyArray<number>) {
    this.values = values
    this.shape = [...shape]
    this.#memory = memory
    memory.alive.add(this)
    memory.frames.at(-1)?.add(this)
  }

  get dtype(): "float32" | "int32" {
    return HostTensor.dtypeOf(this.values)
  }
  get rank(): number {
    return this.shape.length
  }
  get size(): number {
    return this.values.length
  }
  get isDisposed(): boolean {
    return !this.#memory.alive.has(this)
  }
  dispose(): void {
    this.#memory.alive.delete(this)
  }
  dataSync(): HostData {
    return this.values.slice()
  }
  data(): Promise<HostData> {
    return Promise.resolve(this.dataSync())
  }
}

export const makeMemory = (): Memory => ({ alive: new Set(), frames: [] })

/** Every tensor in a tensor, array or record of such. */
export function* within(container: unknown): Generator<Tensor> {
  if (container instanceof Tensor) yield container
  else if (typeof container === "object" && container !== null) {
    for (const part of Object.values(container)) yield* within(part)
  }
}

/** As `tf.tidy`: disposes tensors that are created inside and neither returned nor kept. */
export const tidy = <A>(
  memory: Memory,
  body: () => A,
  returned: (result: A) => Iterable<Tensor> = within
): A => {
  const frame = new Set<Tensor>()
  const before = memory.frames.length
  memory.frames.push(frame)
  // A body that throws leaves its frame behind; the end of the next outer one removes it.
  const result = body()
  memory.frames.length = before
  const staying = new Set(returned(result))
  for (const tensor of frame) {
    if (tensor.kept) continue
    if (staying.has(tensor)) memory.frames.at(-1)?.add(tensor)
    else tensor.dispose()
  }
  return result
}
