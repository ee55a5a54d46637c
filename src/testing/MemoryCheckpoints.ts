/** Checkpoints in memory, for tests of a training program that saves and resumes. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { HostTensors } from "../pipeline/nn/HostTensor.ts"
import { CheckpointError, Checkpoints, type Saved, type Snapshot } from "../pipeline/train/Checkpoints.ts"
import * as Retention from "../pipeline/train/Retention.ts"

type Stored = Snapshot & Saved

/** Copies, since the trainer may change its own values later. */
const copied = (tensors: HostTensors): HostTensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape }]) => [
      name,
      { data: data.slice(), shape: [...shape] }
    ])
  )

const copy = (name: string, snapshot: Snapshot): Stored => ({
  model: copied(snapshot.model),
  optimizer: copied(snapshot.optimizer),
  state: snapshot.state,
  name,
  path: `memory:${name}`
})

const find = (stored: ReadonlyMap<string, Stored>, reference: string): Stored | undefined => {
  const name = reference.replace(/^memory:/, "")
  if (name !== "best") return stored.get(name)
  const saved = [...stored.values()]
  const best = Retention.bestOf(saved) ?? saved.findLast((one) => one.name.startsWith("best"))
  return best === undefined ? undefined : stored.get(best.name)
}

/** A store that exists longer than its layers, so that a test can stop a run and resume it. */
export const make = () => {
  const stored = new Map<string, Stored>()
  const service = Checkpoints.of({
    save: (name, snapshot) =>
      Effect.sync(() => {
        const saved = copy(name, snapshot)
        stored.delete(name)
        stored.set(name, saved)
        return saved
      }),
    load: (reference) => {
      const found = find(stored, reference)
      return found === undefined
        ? Effect.fail(
            new CheckpointError({
              path: `memory:${reference}`,
              problem: "no such checkpoint was saved",
              cure: `There are: ${[...stored.keys()].join(", ") || "none"}`
            })
          )
        : Effect.succeed(found)
    },
    list: Effect.sync(() => [...stored.values()]),
    latest: Effect.sync(() => Option.fromUndefinedOr([...stored.values()].at(-1))),
    remove: (name) => Effect.sync(() => void stored.delete(name))
  })
  const seen: ReadonlyMap<string, Stored> = stored
  return { service, stored: seen, layer: Layer.succeed(Checkpoints, service) }
}

/** A new store each time it is built. */
export const layer: Layer.Layer<Checkpoints> = Layer.effect(
  Checkpoints,
  Effect.sync(() => make().service)
)
