/**
 * The platform services of every command: files and paths at once, the rest when it is first used.
 *
 * `@effect/platform-node/NodeServices` loads Node's child processes, streams and terminal at each start, which takes a
 * fifth of the start and which most commands do not use.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ChildProcessSpawner } from "effect/process"
import type * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"

/** A service whose layer is loaded and built when it is first used, into the scope that is open now. */
const later = Effect.fnUntraced(function* <I, S, R>(
  service: Context.Service<I, S>,
  load: () => Promise<{ readonly layer: Layer.Layer<I, never, R> }>
) {
  const context = yield* Effect.context<R | Scope.Scope>()
  const built = Effect.flatMap(Effect.promise(load), ({ layer }) => Layer.build(layer)).pipe(
    Effect.provide(context)
  )
  return yield* Effect.cached(Effect.map(built, (one) => Context.get(one, service)))
})

const spawner = Layer.effect(
  ChildProcessSpawner.ChildProcessSpawner,
  Effect.gen(function* () {
    const real = yield* later(
      ChildProcessSpawner.ChildProcessSpawner,
      () => import("@effect/platform-node/NodeChildProcessSpawner")
    )
    return ChildProcessSpawner.make((command) => Effect.flatMap(real, (one) => one.spawn(command)))
  })
)

const terminal = Layer.effect(
  Terminal.Terminal,
  Effect.gen(function* () {
    const real = yield* later(Terminal.Terminal, () => import("@effect/platform-node/NodeTerminal"))
    return Terminal.make({
      columns: Effect.sync(() => process.stdout.columns ?? 0),
      rows: Effect.sync(() => process.stdout.rows ?? 0),
      size: Effect.flatMap(real, (one) => one.size),
      readInput: Effect.flatMap(real, (one) => one.readInput),
      readLine: Effect.flatMap(real, (one) => one.readLine),
      display: (text) => Effect.flatMap(real, (one) => one.display(text))
    })
  })
)

const stdio = Layer.effect(
  Stdio.Stdio,
  Effect.gen(function* () {
    const real = yield* later(Stdio.Stdio, () => import("@effect/platform-node/NodeStdio"))
    return Stdio.make({
      args: Effect.sync(() => process.argv.slice(2)),
      stdinIsTerminal: Effect.sync(() => process.stdin.isTTY),
      stdoutIsTerminal: Effect.sync(() => process.stdout.isTTY),
      stderrIsTerminal: Effect.sync(() => process.stderr.isTTY),
      stdout: (options) => Sink.unwrap(Effect.map(real, (one) => one.stdout(options))),
      stderr: (options) => Sink.unwrap(Effect.map(real, (one) => one.stderr(options))),
      stdin: Stream.unwrap(Effect.map(real, (one) => one.stdin))
    })
  })
)

/** All services of `NodeServices.layer`. */
export const layer = Layer.provideMerge(
  spawner,
  Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, terminal, stdio)
)
