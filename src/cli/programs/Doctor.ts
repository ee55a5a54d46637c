/** The program of `anneal doctor`: which engines work on this machine, and how to install more. */
import { availableParallelism, cpus, freemem, totalmem } from "node:os"
import * as Effect from "effect/Effect"
import { ChildProcess } from "effect/process"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ConvolutionTrial from "../../layers/device/ConvolutionTrial.ts"
import * as DeviceLayer from "../../layers/device/Device.ts"
import type { Engine } from "../../layers/device/internal/Engine.ts"
import * as Verdict from "../../layers/device/native/Verdict.ts"
import * as SelfTest from "../../layers/device/SelfTest.ts"
import * as Bytes from "../../layers/internal/Bytes.ts"
import { Device, type EngineName } from "../../pipeline/device/Device.ts"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as Host from "../Host.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"

/** An engine computes wrongly here. */
export class SelfTestFailed extends Schema.TaggedError<SelfTestFailed>()("SelfTestFailed", {
  engine: Schema.String,
  wrong: Schema.Array(Schema.String)
}) {
  override get message() {
    const more = this.wrong.length > 3 ? `; and ${this.wrong.length - 3} more` : ""
    return `SELF-TEST FAILED on ${this.engine}: wrong numbers from ${this.wrong.slice(0, 3).join("; ")}${more}. Do not train with it`
  }
}

/** What TensorFlow's library must compute before it may train: its faults show in some shapes only. */
const trial = Effect.fnUntraced(function* (begin: (name: string) => Effect.Effect<void>) {
  const convolutions = yield* ConvolutionTrial.run(begin)
  return [...convolutions, ...(yield* BuiltIn.trials(begin))]
})

/** Prints one line about an engine that is present. `begin` is called before each step. */
const examine = Effect.fnUntraced(function* (name: EngineName, begin: (name: string) => Effect.Effect<void>) {
  const { info } = yield* Device
  const versions = Object.entries(info.versions).map(([part, version]) => `${part} ${version}`)
  const about = `${info.name} (${versions.join(", ")})`
  const { wrong, gigaflops } = yield* SelfTest.run
  const all = name === "native" ? [...wrong, ...(yield* trial(begin))] : wrong
  if (all.length > 0) return yield* new SelfTestFailed({ engine: about, wrong: all })
  yield* StandardOutput.text(
    `${about}: self-test passed, ${gigaflops.toFixed(gigaflops < 10 ? 1 : 0)} GFLOP/s`
  )
})

/** Tests one engine in this process, which a crash of the engine would end. */
export const only = Effect.fn("doctor.only")(function* (name: EngineName, steps: boolean) {
  const begin = (step: string) => (steps ? StandardOutput.text(`${Verdict.stepMark}${step}`) : Effect.void)
  const asked = { accelerator: name, devices: 1, strategy: "auto", precision: "32-true" } as const
  yield* begin("the library")
  yield* examine(name, begin).pipe(Effect.provide(DeviceLayer.layer(asked, DeviceLayer.untried)))
})

/** What the self-test of an engine printed; it runs in a process of its own, which alone ends if the engine crashes. */
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

/** The last lines that a failed self-test printed: the engine's own sentence, or its library's output before a crash. */
const complaints = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-4)
    .map((line) => `      ${line}`)

/** TensorFlow.js keeps one registry of kernels per process, so each engine is examined in a process of its own. */
const report = Effect.fnUntraced(function* (engine: Engine) {
  const presence = yield* engine.probe
  const absent = ({ reason, cure }: { reason: string; cure: string }) => [
    `  ✗ ${engine.name}: ${reason}`,
    `      ${cure}`
  ]
  if (!presence.present) return absent(presence)
  if (engine.tried !== undefined) {
    const { presence, said } = yield* engine.tried(true)
    return presence.present ? [`  ✓ ${engine.name}: ${said}`] : absent(presence)
  }
  const { said, complained } = yield* selfTestOf(engine)
  return said.trim() === ""
    ? [`  ✗ ${engine.name}: it is installed, but does not work here`, ...complaints(complained)]
    : [`  ✓ ${engine.name}: ${said.trim()}`]
})

export const doctor = Effect.gen(function* () {
  const [cpu] = cpus()
  const lines = [
    `anneal ${Host.versions["anneal"]} · effect ${Host.versions["effect"]} · node ${process.version}`,
    `machine: ${process.platform} ${process.arch}, ${availableParallelism()} cores (${cpu?.model.trim() ?? "unknown"}), ${Bytes.sized(freemem())} of ${Bytes.sized(totalmem())} memory free`,
    `configs: ${Host.localConfigs(process.cwd()) ?? Host.packagedConfigs}`,
    "",
    "engines, best first (trainer.accelerator=<name>; auto takes the first that works, but webgpu only by name):"
  ]
  yield* StandardOutput.text(lines.join("\n"))
  for (const engine of DeviceLayer.engines) yield* StandardOutput.text((yield* report(engine)).join("\n"))
})
