/** The program of `anneal data preview`: draws training samples after their transforms, with their labels. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as Preview from "../../pipeline/inspect/Preview.ts"
import type { TaskModule } from "../../pipeline/module/TaskModule.ts"
import * as Images from "../../pipeline/picture/Images.ts"
import { DataError } from "../../pipeline/task/Dataset.ts"
import * as Loading from "../../runs/Loading.ts"
import * as Plans from "../../runs/Plans.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import { CommandRefused } from "../Failure.ts"
import * as ModuleThrew from "../ModuleThrew.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"
import * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"

export interface Input
  extends Pick<Composition.Input, "overrides" | "configDir" | "configPath" | "configName" | "strict"> {
  /** PNG to write. */
  readonly out: string
  readonly count: number
  readonly epoch: number
}

/** The samples of a decoded plan, and what was asked for. */
const samplesOf = Effect.fnUntraced(function* <P, T, Q, B, O, S>(
  module: TaskModule<P, T, Q, B, O, S>,
  value: unknown,
  { count, epoch }: Input
) {
  yield* RunLayers.requirements(module)
  const { run, own } = yield* Plans.trainPlan(module, value)
  const { preview } = yield* Loading.implementation(module)
  if (preview === undefined) {
    return yield* new CommandRefused({
      problem: `the task ${module.name} shows no samples.\nA task module offers them with preview: docs/transforms.md`
    })
  }
  const asked: Preview.Asked = { seed: run.seed, epoch, count }
  return { asked, samples: yield* preview(own, asked) }
})

const unwritable = (path: string) =>
  Effect.mapError(
    ({ message }: { readonly message: string }) =>
      new DataError({
        where: path,
        problem: `it cannot be written (${message})`,
        cure: "Name another: --out"
      })
  )

export const preview = Effect.fn("data.preview")(
  function* (input: Input) {
    const composed = yield* Composition.compose("train", { ...Composition.nothing, ...input })
    yield* Composition.warn(composed.warnings)
    const { module } = yield* Composition.taskOf(composed)
    const { value } = yield* Decoded.plan(composed, yield* Plans.schema(module, "train"), input)
    const { asked, samples } = yield* module.use((known) => samplesOf(known, value, input))
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const codec = yield* Images.ImageCodec
    const out = path.resolve(input.out)
    const sheet = yield* codec.encode(yield* Preview.draw(samples, asked), "png")
    yield* fs.makeDirectory(path.dirname(out), { recursive: true }).pipe(unwritable(out))
    yield* fs.writeFile(out, sheet).pipe(unwritable(out))
    yield* StandardOutput.lines(() => [
      [Text.plain(`${samples.length} samples of epoch ${asked.epoch}: ${out}`)]
    ])
  },
  Effect.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer)),
  ModuleThrew.reported
)
