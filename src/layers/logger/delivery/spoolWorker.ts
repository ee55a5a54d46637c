/**
 * The thread that delivers a spool; see `SpoolThread`. It reads the spool from disk, and messages say where it ends.
 */
import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Queue from "effect/Queue"
import * as SpoolFile from "../spool/File.ts"
import * as SpoolLoop from "../spool/Loop.ts"
import * as Destination from "../tracker/Destination.ts"
import type { FromThread, Setup, ToThread } from "./SpoolThread.ts"
import * as SpoolDelivery from "./Trackers.ts"

const serve = Effect.fnUntraced(function* (setup: Setup, inbox: Queue.Dequeue<ToThread>, port: MessagePort) {
  const { head, path, start } = setup
  let { end } = setup
  const post = (message: FromThread) => Effect.sync(() => port.postMessage(message))
  const trouble = (message: string, final: boolean) => post({ _tag: "Trouble", message, final })
  const fs = yield* FileSystem.FileSystem
  // The spool may be older than this process, and the run may have moved since.
  const recorded = yield* SpoolFile.readHead(fs, path).pipe(
    Effect.map(({ run }) => run.path),
    Effect.catch(() => Effect.succeed(head.run.path))
  )
  const folder = { path: head.run.path, recorded }
  const delivery = yield* SpoolDelivery.of(head, { folder, consent: Destination.own }).pipe(
    Effect.catch((error) => Effect.andThen(trouble(error.message, true), Effect.never))
  )
  const startLoop = SpoolLoop.start(fs, delivery)
  const loop = yield* startLoop({ path, start, end: () => end }, (error) =>
    trouble(error.message, error.final)
  )
  while (true) {
    const message = yield* Queue.take(inbox)
    end = message.end
    if (message._tag === "News") yield* loop.news
    else yield* Effect.andThen(loop.finish, post({ _tag: "Finished" }))
  }
}, Effect.scoped)

if (!isMainThread && parentPort !== null) {
  const port = parentPort
  const inbox = Effect.runSync(Queue.unbounded<ToThread>())
  port.on("message", (message: ToThread) => Queue.offerUnsafe(inbox, message))
  Effect.runFork(Effect.provide(serve(workerData, inbox, port), NodeFileSystem.layer))
}
