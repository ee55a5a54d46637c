/** The program of `anneal doctor`: what this machine can do, and how to get more. */
import { availableParallelism, cpus, freemem, totalmem } from "node:os"
import * as Effect from "effect/Effect"
import { ChildProcess } from "effect/process"
import * as Stream from "effect/Stream"
import * as DeviceLayer from "../../layers/device/Device.ts"
import type { Engine } from "../../layers/device/Engine.ts"
import * as SelfTest from "../../layers/device/SelfTest.ts"
import * as Bytes from "../../layers/internal/Bytes.ts"
import { Device, type EngineName } from "../../pipeline/Device.ts"
import * as Host from "../Host.ts"
import * as StandardOutput from "../StandardOutput.ts"

const failure = "SELF-TEST FAILED"

/** What a test of the engine says, in a few words: numbers that are known, and how fast it multiplies. */
const verdict = ({ wrong, gigaflops }: SelfTest.Verdict): string =>
  wrong.length > 0
    ? `${failure} in ${wrong.join(", ")}: do not train on it`
    : `self-test passed, ${gigaflops.toFixed(gigaflops < 10 ? 1 : 0)} GFLOP/s`

/** One line about an engine that is present; a crash of it ends only its own process. */
const examine = Effect.fnUntraced(function* () {
  const { info } = yield* Device
  const versions = Object.entries(info.versions).map(([part, version]) => `${part} ${version}`)
  yield* StandardOutput.text(`${info.name} (${versions.join(", ")}): ${verdict(yield* SelfTest.run)}`)
})

/** The self-test of one engine, in this process. */
export const only = (name: EngineName) =>
  examine().pipe(
    Effect.provide(
      DeviceLayer.layer({ accelerator: name, devices: 1, strategy: "auto", precision: "32-true" })
    )
  )

/** What a self-test wrote, in a process of its own: a crash of an engine ends that one alone. */
const selfTestOf = (engine: Engine) =>
  Effect.gen(function* () {
    const [program = ""] = process.argv.slice(1)
    const child = yield* ChildProcess.make(process.execPath, [program, "doctor", "--only", engine.name], {
      extendEnv: true
    })
    return yield* Effect.all(
      {
        said: Stream.mkString(Stream.decodeText(child.stdout)),
        complained: Stream.mkString(Stream.decodeText(child.stderr))
      },
      { concurrency: "unbounded" }
    )
  }).pipe(
    Effect.scoped,
    Effect.catch((error) => Effect.succeed({ said: "", complained: error.message }))
  )

/** The last of what a failed self-test wrote: the engine's own sentence, or what its library said before it crashed. */
const complaints = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-4)
    .map((line) => `      ${line}`)

/** TensorFlow.js keeps one registry of kernels per process, so each engine is examined in a process of its own. */
const tell = Effect.fnUntraced(function* (engine: Engine) {
  const presence = yield* engine.probe
  if (!presence.present) return [`  ✗ ${engine.name}: ${presence.reason}`, `      ${presence.cure}`]
  const { said, complained } = yield* selfTestOf(engine)
  return said.trim() === ""
    ? [`  ✗ ${engine.name}: it is installed and does not work here`, ...complaints(complained)]
    : [`  ${said.includes(failure) ? "✗" : "✓"} ${engine.name}: ${said.trim()}`]
})

export const doctor = Effect.gen(function* () {
  const [cpu] = cpus()
  const lines = [
    `anneal ${Host.versions["anneal"]} · effect ${Host.versions["effect"]} · node ${process.version}`,
    `machine: ${process.platform} ${process.arch}, ${availableParallelism()} cores (${cpu?.model.trim() ?? "unknown"}), ${Bytes.sized(freemem())} of ${Bytes.sized(totalmem())} memory free`,
    `configs: ${Host.localConfigs(process.cwd()) ?? Host.packagedConfigs}`,
    "",
    "engines, best first (trainer.accelerator=<name>; auto takes the first that is here, webgpu only by name):"
  ]
  yield* StandardOutput.text(lines.join("\n"))
  for (const engine of DeviceLayer.engines) yield* StandardOutput.text((yield* tell(engine)).join("\n"))
})
