/** The program of `anneal data inspect`: looks at all of a data set, writes a page and a sheet, and sums up. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as ContactSheet from "../../pipeline/inspect/ContactSheet.ts"
import * as Page from "../../pipeline/inspect/Page.ts"
import * as Survey from "../../pipeline/inspect/Survey.ts"
import * as Images from "../../pipeline/picture/Images.ts"
import * as Folder from "../../pipeline/task/Folder.ts"
import { DataFaulty } from "../Failure.ts"
import * as ModuleThrew from "../ModuleThrew.ts"
import * as Inspection from "../terminal/Inspection.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as TaskData from "./TaskData.ts"

export interface Input extends TaskData.Input {
  readonly json: boolean
  /** Ends with an error if there are problems or leaks. */
  readonly fail: boolean
}

/** Writes the page and the sheet; gives their paths. */
const write = Effect.fnUntraced(function* (folder: string, report: Survey.Report) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const codec = yield* Images.ImageCodec
  const files = { page: path.join(folder, "index.html"), sheet: path.join(folder, "contact_sheet.png") }
  yield* Folder.make(folder).pipe(TaskData.unwritable(folder))
  yield* fs.writeFileString(files.page, yield* Page.make(report)).pipe(TaskData.unwritable(files.page))
  const sheet = yield* codec.encode(yield* ContactSheet.draw(report), "png")
  yield* fs.writeFile(files.sheet, sheet).pipe(TaskData.unwritable(files.sheet))
  return files
})

const surveyed = Effect.fnUntraced(function* (input: Input) {
  const screen = yield* TerminalScreen.TerminalScreen
  const { offered } = yield* TaskData.ask(input, {
    of: ({ inspect }, plan) => inspect?.(plan),
    lacks: "shows nothing of its data",
    offeredBy: "inspect: docs/data.md"
  })
  const report = yield* Survey.make(offered, (done, all) => screen.draw(Inspection.progress(done, all)))
  const files = yield* write((yield* Path.Path).resolve(input.out), report)
  yield* screen.draw(undefined)
  return { report, files }
})

export const inspect = Effect.fn("data.inspect")(
  function* (input: Input) {
    const { report, files } = yield* surveyed(input)
    if (input.json) yield* StandardOutput.json({ ...Survey.json(report), files })
    else yield* StandardOutput.lines((width) => Inspection.lines(report, files, width))
    const { problems, leaks } = report
    if (input.fail && problems.length + leaks.length > 0) {
      return yield* new DataFaulty({
        where: report.where,
        problems: problems.length,
        leaks: leaks.length,
        page: files.page
      })
    }
  },
  Effect.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer, TerminalScreen.layer)),
  ModuleThrew.reported
)
