/** TensorBoard event files in `logs/` of the run directory: scalars, pictures, histograms, text, hyper-parameters. */
import { hostname } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { RunDirectory } from "../../../pipeline/run/RunDirectory.ts"
import type { Table } from "../../../pipeline/run/RunLogger.ts"
import * as Flat from "../sink/Flat.ts"
import * as Png from "../sink/Png.ts"
import {
  type Entry,
  fileFailed,
  type Sink,
  type SinkError,
  type SinkOptions,
  type SinkServices
} from "../sink/Sink.ts"
import * as Event from "./TensorBoardEvent.ts"

const failed = fileFailed("tensorboard", "the event file")

/** What is needed at the end for the table of hyper-parameters. */
interface Remembered {
  hparams: Event.Hparams
  readonly tags: Set<string>
}

const finished = (wall: number, remembered: Remembered, entry: Extract<Entry, { _tag: "Finish" }>) => {
  if (remembered.hparams.length === 0) return []
  const summarized = Object.keys(entry.summary).filter((tag) => remembered.tags.has(tag))
  const metrics = summarized.length > 0 ? summarized : [...remembered.tags]
  return [
    Event.hparamsExperiment(wall, remembered.hparams, metrics),
    Event.hparamsEnd(wall, entry.status === "done")
  ]
}

const cell = (value: Table["rows"][number][number]): string => String(value ?? "").replaceAll("|", "\\|")

/** A table as TensorBoard's text shows it. */
const markdown = ({ columns, rows }: Table): string =>
  [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n")

type Shown = Extract<Entry, { readonly _tag: "Image" | "Histogram" | "Table" | "Text" }>

const shown = (wall: number, entry: Shown): Uint8Array => {
  switch (entry._tag) {
    case "Image":
      return Event.image(wall, entry.step, entry.name, { ...entry.image, png: Png.encode(entry.image) })
    case "Histogram":
      return Event.histogram(wall, entry.step, entry.name, entry.histogram)
    case "Table":
      return Event.text(wall, entry.step, entry.name, markdown(entry.table))
    case "Text":
      return Event.text(wall, entry.step, entry.name, entry.text)
  }
}

/** The bytes of an entry; `run` names the group of the hyper-parameter table. */
const encoder = (run: string) => {
  const scalars = Event.scalarEncoder()
  const remembered: Remembered = { hparams: [], tags: new Set() }
  return (entry: Entry): ReadonlyArray<Uint8Array> => {
    const wall = entry.time / 1000
    switch (entry._tag) {
      case "Scalars":
        for (const name in entry.values) remembered.tags.add(name)
        return [scalars(wall, entry.step, entry.values)]
      case "Hyperparameters":
        remembered.hparams = Flat.flatten(entry.plan)
        return [Event.hparamsStart(wall, run, remembered.hparams)]
      case "Finish":
        return finished(wall, remembered, entry)
      case "Artifact":
      case "System":
      case "Console":
        return []
      default:
        return [shown(wall, entry)]
    }
  }
}

/** The first events of a file: its version, and the step from which older events are superseded. */
const opening = (wall: number, resumedFrom: number | undefined): Uint8Array =>
  resumedFrom === undefined
    ? Event.version(wall)
    : Buffer.concat([Event.version(wall), Event.sessionStart(wall, resumedFrom + 1)])

/** Opens a new event file; for a resumed run, readers discard the steps that it will write again. */
export const open = Effect.fnUntraced(function* (
  options: SinkOptions
): Effect.fn.Return<Sink, SinkError, SinkServices> {
  const fs = yield* FileSystem.FileSystem
  const run = yield* RunDirectory
  const wall = (yield* Clock.currentTimeMillis) / 1000
  const name = `events.out.tfevents.${Math.floor(wall)}.${hostname()}.${process.pid}.0`
  const path = yield* run.file(`logs/${name}`).pipe(Effect.mapError(failed))
  const handle = yield* fs.open(path, { flag: "a" }).pipe(
    Effect.tap((file) => file.writeAll(opening(wall, options.resumedFrom))),
    Effect.mapError(failed)
  )
  const encode = encoder(run.id)
  return {
    name: "tensorboard",
    write: (entries) =>
      Effect.suspend(() => handle.writeAll(Buffer.concat(entries.flatMap(encode)))).pipe(
        Effect.mapError(failed),
        Effect.uninterruptible
      ),
    close: Effect.mapError(Effect.as(handle.sync, undefined), failed)
  }
})
