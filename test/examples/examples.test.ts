/** Runs the examples as their first lines say, from the sources. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, assert, describe, it, onTestFinished } from "vitest"
import { loadedByNode } from "../support/modules.ts"
import { freePort } from "../support/ports.ts"

const root = join(import.meta.dirname, "../..")
const example = (name: string) => join(root, "examples", name)
const mnist = join(root, "../shared/data/mnist-mini")

const folder = mkdtempSync(join(tmpdir(), "anneal-examples-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const start = (name: string, ...args: ReadonlyArray<string>): ChildProcess =>
  spawn(process.execPath, ["--conditions=@anneal/source", example(name), ...args], { cwd: folder })

/** What a program prints until it ends. */
const run = (name: string, ...args: ReadonlyArray<string>): Promise<string> => {
  const child = start(name, ...args)
  const ended = Promise.withResolvers<string>()
  let [said, failed] = ["", ""]
  child.stdout?.on("data", (chunk) => {
    said += String(chunk)
  })
  child.stderr?.on("data", (chunk) => {
    failed += String(chunk)
  })
  child.on("close", (code) =>
    code === 0 ? ended.resolve(said) : ended.reject(new Error(`${code}\n${failed}`))
  )
  return ended.promise
}

const numbersAfter = (text: string, word: string) =>
  [...text.matchAll(new RegExp(`${word} ([0-9.]+)`, "g"))].map(([, value]) => Number(value))

describe("examples", () => {
  it("quickstart learns, in fifteen lines", async () => {
    const losses = numbersAfter(await run("quickstart/train.ts"), "loss")
    assert.strictEqual(losses.length, 10)
    assert.isBelow(losses.at(-1) ?? 1, (losses[0] ?? 0) / 10)
    const lines = readFileSync(example("quickstart/train.ts"), "utf8").trimEnd().split("\n")
    assert.isAtMost(lines.length, 15)
  })

  it.skipIf(!existsSync(mnist))(
    `own-task learns handwritten digits, and draws their confusion (skipped without ${mnist})`,
    async () => {
      const words = ["train", `task=${example("own-task/digits.ts")}`, `data.root=${mnist}`, "model=large"]
      await run("../bin/anneal.mjs", ...words, "hydra.run.dir=outputs/digits")
      const { metrics } = JSON.parse(readFileSync(join(folder, "outputs/digits/run.json"), "utf8"))
      assert.isAbove(metrics["best/val/accuracy"], 0.9)
      assert.isTrue(existsSync(join(folder, "outputs/digits/checkpoints/last/model.safetensors")))
      assert.isTrue(existsSync(join(folder, "outputs/digits/figures/confusion.png")))
    }
  )

  it("own-task is at most 120 lines of one's own, without try", () => {
    const code = readFileSync(example("own-task/digits.ts"), "utf8")
    const lines = code.split("\n").filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line))
    assert.isAtMost(lines.length, 120)
    assert.notMatch(code, /\btry \{/)
  })

  it("own-logger draws what was logged", async () => {
    const said = await run("own-logger/train.ts")
    assert.match(said, /val\/mse +█[▁-█]{11}\ntrain\/loss +█[▁-█]{11}\nthe run is done/)
  })

  it("own-policy stops when the metric is good enough, reports spikes and publishes the best", async () => {
    const said = await run("own-policy/train.ts")
    assert.match(said, /step \d+: loss [\d.]+, usually [\d.]+\n/)
    assert.match(said, /ended with EvaluationEnded\n$/)
    const at = (file: string) => join(folder, "outputs/own-policy", file)
    const state = (checkpoint: string) => JSON.parse(readFileSync(at(`${checkpoint}/state.json`), "utf8"))
    assert.isAtLeast(state("checkpoints/last").step, state("published").step)
    assert.isAtMost(state("checkpoints/last").metrics["val/mse"], 0.1)
    assert.isTrue(existsSync(at("published/model.safetensors")))
  })

  it.skipIf(!existsSync(mnist))(
    `migrating trains as its Python does (skipped without ${mnist})`,
    async () => {
      const said = await run("migrating/train.ts", mnist)
      assert.match(said, /(max_epochs=5 reached|early stopping[^]*): val\/accuracy 0\.9\d+, best in /)
    }
  )

  it("embedded trains inside a server that starts, stops and resumes it", async () => {
    const port = await Effect.runPromise(freePort)
    const server = start("embedded/server.ts", String(port))
    const ended = new Promise((resolve) => server.on("close", resolve))
    onTestFinished(() => {
      server.kill("SIGKILL")
    })
    const ask = async (method: string, route: string) => {
      // A connection kept open would keep the server from ending.
      const response = await fetch(`http://localhost:${port}${route}`, {
        method,
        headers: { connection: "close" },
        signal: AbortSignal.timeout(10_000)
      })
      const status: { state: string; step: number } = JSON.parse(await response.text())
      return status
    }
    const until = async (holds: (status: { state: string; step: number }) => boolean) => {
      for (let tries = 0; ; tries++) {
        const status = await ask("GET", "/status").catch(() => undefined)
        if (status !== undefined && holds(status)) return status
        assert.isBelow(tries, 400, `still ${JSON.stringify(status)}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    await until(({ state }) => state === "idle")
    await ask("POST", "/train")
    await until(({ step }) => step > 20)
    const stopped = await ask("POST", "/stop")
    assert.strictEqual(stopped.state, "stopped")
    assert.strictEqual((await ask("GET", "/status")).step, stopped.step)
    await ask("POST", "/resume")
    // Begun anew, the first step that is seen would be an early one.
    const resumed = await until(({ step }) => step !== stopped.step)
    assert.isAbove(resumed.step, stopped.step)
    server.kill("SIGINT")
    await ended
  })

  it("receipts draws, trains, measures, exports and predicts, and has nothing to do the second time", async () => {
    const cache = join(folder, "receipts")
    const fixture = "../test/examples/fixtures/receipts.ts"
    const first = JSON.parse((await run(fixture, cache)).trim().split("\n").at(-1) ?? "")
    assert.deepStrictEqual(first.ran, ["prepare", "train", "evaluate", "export", "predict"])
    assert.containsAllKeys(first.metrics, ["test/precision", "test/recall", "test/hmean"])
    assert.deepInclude(first, { pictures: 6, detector: 3 })
    const second = JSON.parse((await run(fixture, cache)).trim().split("\n").at(-1) ?? "")
    assert.deepStrictEqual(second, { ...first, ran: [] })
  })

  it("receipts' training program is short, and has no try", () => {
    const code = readFileSync(example("receipts/train.ts"), "utf8")
    assert.isBelow(code.split("\n").length, 60)
    assert.notMatch(code, /\b(try|catch)\b/)
  })

  it("testing loads no TensorFlow.js", () => {
    const { packages, code, stderr } = loadedByNode(
      "--conditions=@anneal/source",
      join(root, "test/examples/fixtures/doubles.ts")
    )
    assert.strictEqual(code, 0, stderr)
    assert.includeMembers([...packages], ["effect"])
    assert.deepStrictEqual(
      packages.filter((name) => name.startsWith("@tensorflow/") || name === "sharp"),
      []
    )
  })
})
