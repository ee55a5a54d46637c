/** The program of `anneal data pack`: the samples of a task's data, written into shards. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as Bytes from "../../layers/internal/Bytes.ts"
import type { TaskModule } from "../../pipeline/module/TaskModule.ts"
import * as ShardWriter from "../../pipeline/shards/ShardWriter.ts"
import * as Loading from "../../runs/Loading.ts"
import * as Plans from "../../runs/Plans.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import { CommandRefused } from "../Failure.ts"
import * as ModuleThrew from "../ModuleThrew.ts"
import * as Inspection from "../terminal/Inspection.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"
import * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"

export interface Input
  extends Pick<Composition.Input, "overrides" | "configDir" | "configPath" | "configName" | "strict"> {
  /** Folder to write to. */
  readonly out: string
  /** MiB after which a shard ends. */
  readonly shardSize: number
}

/** What the task packs of the data of a decoded plan. */
const packableOf = Effect.fnUntraced(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  value: unknown
) {
  yield* RunLayers.requirements(module)
  const { own } = yield* Plans.trainPlan(module, value)
  const { pack } = yield* Loading.implementation(module)
  if (pack !== undefined) return yield* pack(own)
  return yield* new CommandRefused({
    problem: `the task ${module.name} does not say what of its data can be packed.\nA task module offers it with pack: docs/data-cache.md`
  })
})

export const pack = Effect.fn("data.pack")(
  function* (input: Input) {
    const screen = yield* TerminalScreen.TerminalScreen
    const composed = yield* Composition.compose("train", { ...Composition.nothing, ...input })
    yield* Composition.warn(composed.warnings)
    const { module } = yield* Composition.taskOf(composed)
    const { value } = yield* Decoded.plan(composed, yield* Plans.schema(module, "train"), input)
    const folder = (yield* Path.Path).resolve(input.out)
    const packable = yield* module.use((known) => packableOf(known, value))
    const { shards, samples, bytes } = yield* ShardWriter.write(packable, {
      folder,
      task: module.name,
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
