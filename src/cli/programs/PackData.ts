/** The program of `anneal data pack`: the samples of a task's data, written into shards. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as Bytes from "../../layers/internal/Bytes.ts"
import * as ShardWriter from "../../pipeline/shards/ShardWriter.ts"
import * as ModuleThrew from "../ModuleThrew.ts"
import * as Inspection from "../terminal/Inspection.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"
import * as TaskData from "./TaskData.ts"

export interface Input extends TaskData.Input {
  /** MiB after which a shard ends. */
  readonly shardSize: number
}

export const pack = Effect.fn("data.pack")(
  function* (input: Input) {
    const screen = yield* TerminalScreen.TerminalScreen
    const folder = (yield* Path.Path).resolve(input.out)
    const { task, offered: packable } = yield* TaskData.ask(input, {
      of: ({ pack }, plan) => pack?.(plan),
      lacks: "does not say what of its data can be packed",
      offeredBy: "pack: docs/data-cache.md"
    })
    const { shards, samples, bytes } = yield* ShardWriter.write(packable, {
      folder,
      task,
      shardBytes: input.shardSize * 2 ** 20,
      progress: (done, all) => screen.draw(Inspection.progress(done, all))
    })
    yield* screen.draw(undefined)
    const parts = packable.parts.map((part) => `${part.samples.length} ${part.name}`).join(", ")
    yield* StandardOutput.text(
      [
        `${Text.count(samples, "sample")} (${parts}) in ${Text.count(shards, "shard")}, ${Bytes.sized(bytes)}`,
        `folder ${Text.path(folder, process.cwd())}`
      ].join("\n")
    )
  },
  Effect.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer, TerminalScreen.layer)),
  ModuleThrew.reported
)
