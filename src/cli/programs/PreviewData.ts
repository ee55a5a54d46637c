/** The program of `anneal data preview`: draws training samples after their transforms, with their labels. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as Preview from "../../pipeline/inspect/Preview.ts"
import * as Images from "../../pipeline/picture/Images.ts"
import * as ModuleThrew from "../ModuleThrew.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"
import * as TaskData from "./TaskData.ts"

export interface Input extends TaskData.Input {
  readonly count: number
  readonly epoch: number
}

export const preview = Effect.fn("data.preview")(
  function* (input: Input) {
    const { epoch, count } = input
    const { offered } = yield* TaskData.ask(input, {
      of: ({ preview }, plan, seed) => {
        const asked: Preview.Asked = { seed, epoch, count }
        return preview && Effect.map(preview(plan, asked), (samples) => ({ asked, samples }))
      },
      lacks: "shows no samples",
      offeredBy: "preview: docs/transforms.md"
    })
    const { asked, samples } = offered
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const codec = yield* Images.ImageCodec
    const out = path.resolve(input.out)
    const sheet = yield* codec.encode(yield* Preview.draw(samples, asked), "png")
    yield* fs.makeDirectory(path.dirname(out), { recursive: true }).pipe(TaskData.unwritable(out))
    yield* fs.writeFile(out, sheet).pipe(TaskData.unwritable(out))
    yield* StandardOutput.lines(() => [
      [Text.plain(`${samples.length} samples of epoch ${asked.epoch}: ${out}`)]
    ])
  },
  Effect.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer)),
  ModuleThrew.reported
)
