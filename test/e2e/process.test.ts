import { spawn } from "node:child_process"
import { existsSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const training = (name: string, epochs: number) => [
  "train",
  ...Anneal.small,
  `exp_name=${name}`,
  `trainer.max_epochs=${epochs}`,
  "trainer.log_every_n_steps=1",
  "trainer.accelerator=wasm",
  "figure_images=0"
]

/** What a run left behind. */
const leftBy = (name: string) => {
  const run = Anneal.runIn(cwd, "train", name)
  return {
    status: JSON.parse(readFileSync(join(run, "run.json"), "utf8")).status,
    saved: existsSync(join(run, "checkpoints/last/state.json")),
    locked: existsSync(join(run, ".lock"))
  }
}

type Stdio = "ignore" | "pipe" | number

/** The command line with outputs of its own, by its exit code. */
const withOutputs = (stdout: Stdio, stderr: Stdio, args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [Anneal.program, ...args], { cwd, stdio: ["ignore", stdout, stderr] })
  const said = { stderr: "" }
  child.stderr?.on("data", (chunk) => {
    said.stderr += String(chunk)
  })
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  return { child, said, ended }
}

describe("a signal that asks for an end", () => {
  for (const [signal, expected] of [
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
    ["SIGTERM", 143]
  ] as const) {
    it(`${signal} saves, closes the run and ends with ${expected}`, async () => {
      const started = Anneal.start(cwd, ...training(signal, 200))
      await started.says("step 2 ")
      started.process.kill(signal)
      const { code, stderr } = await started.ended
      assert.strictEqual(code, expected, stderr)
      assert.deepStrictEqual(leftBy(signal), { status: "interrupted", saved: true, locked: false })
    })
  }

  it("SIGHUP saves as well where the terminal took its outputs along", async () => {
    const { child, ended } = withOutputs("pipe", "pipe", training("closed", 200))
    await new Promise<void>((resolve) =>
      child.stderr?.on("data", (chunk) => String(chunk).includes("step 2 ") && resolve())
    )
    child.stdout?.destroy()
    child.stderr?.destroy()
    child.kill("SIGHUP")
    assert.strictEqual(await ended, 129)
    assert.deepStrictEqual(leftBy("closed"), { status: "interrupted", saved: true, locked: false })
  })
})

describe("an output that cannot be written", () => {
  it("is given up where nobody reads it any more, and the run is not", async () => {
    const { child, ended } = withOutputs("pipe", "pipe", training("unread", 2))
    child.stderr?.once("data", () => child.stderr?.destroy())
    child.stdout?.destroy()
    assert.strictEqual(await ended, 0)
    assert.deepStrictEqual(leftBy("unread"), { status: "done", saved: true, locked: false })
  })

  it.skipIf(!existsSync("/dev/full"))("is given up on a full disk, and lost data is reported", async () => {
    const full = openSync("/dev/full", "w")
    assert.strictEqual(await withOutputs("ignore", full, training("full", 1)).ended, 0)
    assert.deepStrictEqual(leftBy("full"), { status: "done", saved: true, locked: false })
    const shown = withOutputs(full, "pipe", ["config", "show"])
    assert.strictEqual(await shown.ended, 1)
    assert.match(shown.said.stderr, /^standard output could not be written.*ENOSPC/)
  })

  it("ends quietly where the reader of data has enough", async () => {
    const { child, said, ended } = withOutputs("pipe", "pipe", ["config", "show"])
    child.stdout?.destroy()
    assert.strictEqual(await ended, 0)
    assert.strictEqual(said.stderr, "")
  })
})

describe("a command line that is refused", () => {
  it("says so on one line and shows no help", async () => {
    const flag = await Anneal.run(cwd, "train", "--max_epochs", "3")
    assert.deepStrictEqual([flag.code, flag.stdout], [2, ""])
    assert.match(
      flag.stderr,
      /^anneal: Unrecognized flag: --max_epochs .*trainer\.max_epochs=3.*--help shows the usage\)\n$/
    )
    const command = await Anneal.run(cwd, "trian")
    assert.deepStrictEqual([command.code, command.stdout], [2, ""])
    assert.match(command.stderr, /^anneal: Unknown subcommand "trian".*Did you mean train\?.*\n$/)
  })

  it("shows control characters instead of sending them", async () => {
    const escape = "\u001b]0;owned\u0007"
    for (const args of [[`tra${escape}`], ["train", `exp_name=[${escape}`], ["runs", "show", escape]]) {
      const { stdout, stderr } = await Anneal.run(cwd, ...args)
      assert.notInclude(stdout + stderr, "\u001b", args.join(" "))
      assert.include(stderr, "\\u001b]0;owned\\u0007", args.join(" "))
    }
  })
})

/** A program of one's own. */
const program = async (name: string) => {
  const file = join(import.meta.dirname, "fixtures/program.ts")
  const child = spawn(process.execPath, ["--conditions=@anneal/source", file, name], { cwd })
  let stderr = ""
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk)
    if (stderr === "running\n") child.kill("SIGHUP")
  })
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
  return { code, stderr }
}

describe("MainProgram.run", () => {
  it("says one sentence and ends with the code of the error", async () => {
    assert.deepStrictEqual(await program("ours"), {
      code: 3,
      stderr: 'error: accelerator "gpu" is not available: there is\\u001b no card. Take wasm\n'
    })
    assert.deepStrictEqual(await program("own"), { code: 7, stderr: "error: it is too late\n" })
  })

  it("shows where a defect was thrown, and ends with 70", async () => {
    const { code, stderr } = await program("defect")
    assert.strictEqual(code, 70)
    assert.match(stderr, /Error: unforeseen\n +at /)
  })

  it("interrupts on a signal, and closes what is open", async () => {
    assert.deepStrictEqual(await program("signal"), { code: 129, stderr: "running\nclosed\n" })
  })
})
