/**
 * What is promised first of all: `anneal train`, stopped anywhere and as often as it may be, goes on to the very
 * checkpoints and the very log of a run that never stopped.
 */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Random from "../../src/pipeline/nn/Random.ts"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

/** The detector with everything that has a state: accumulation, averages, early stopping, ranking, validation within epochs. */
const settings = [
  ...Anneal.small.filter((one) => !/^(data.train_size|figure_images)=/.test(one)),
  "data.train_size=14",
  "figure_images=0",
  "trainer.accelerator=wasm",
  "trainer.threads=1",
  "trainer.max_epochs=9",
  "trainer.log_every_n_steps=1",
  "trainer.accumulate_grad_batches=3",
  "trainer.val_check_interval=5",
  "callbacks.ema_weight_averaging.enabled=true",
  "callbacks.ema_weight_averaging.decay=0.8",
  "callbacks.early_stopping={monitor:train/loss,mode:min,patience:2,min_delta:0.03}",
  "callbacks.model_checkpoint={monitor:train/loss,mode:min,save_top_k:2,every_n_train_steps:2}"
]

const started = (name: string, workers: number, ...more: ReadonlyArray<string>) =>
  Anneal.start(cwd, "train", ...settings, `data.workers=${workers}`, `exp_name=${name}`, ...more)

const folderOf = (name: string) => join(cwd, "outputs/experiments/train/text_detection", name)

const digest = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex")

/** A digest of every file of every checkpoint. */
const checkpointsOf = (name: string) => {
  const folder = join(Anneal.runIn(cwd, "train", name), "checkpoints")
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  )
  const paths = files.map((file) => join(file.parentPath, file.name)).toSorted()
  return paths.map((file) => `${file.slice(folder.length)} ${digest(file)}`)
}

/** The log, without the pace of each step: no two runs share it. */
const logOf = (name: string): ReadonlyArray<string> => {
  const lines = readFileSync(join(Anneal.runIn(cwd, "train", name), "metrics.csv"), "utf8").split("\n")
  const columns = lines[0]?.split(",") ?? []
  const paces = columns.filter((column) => column.endsWith("_per_second"))
  assert.lengthOf(paces, 1)
  return lines.map((line) =>
    line
      .split(",")
      .filter((_, i) => columns[i] !== paces[0])
      .join(",")
  )
}

/** Starts or resumes a run, and stops it at a random moment of its training; whether it was still running. */
const stopped = async (name: string, workers: number, signal: NodeJS.Signals, random: Random.Random) => {
  const resume = existsSync(folderOf(name)) ? ["resume=last"] : []
  const training = started(name, workers, ...resume)
  const ended = training.ended.then(() => undefined)
  await Promise.race([training.says("text_detection"), ended])
  await Promise.race([wait(random.int(1200)), ended])
  training.process.kill(signal)
  const { code, stderr } = await training.ended
  assert.include([0, signal === "SIGINT" ? 130 : null], code, stderr)
  return code !== 0
}

describe.each([0, 2])("anneal train with %i workers", (workers) => {
  const whole = `whole${workers}`

  beforeAll(async () => {
    const { code, stderr } = await started(whole, workers).ended
    assert.strictEqual(code, 0, stderr)
    assert.include(stderr, "early stopping")
  })

  it.each<NodeJS.Signals>(["SIGINT", "SIGKILL"])(
    "stopped at random by %s, goes on to the same checkpoints and the same log",
    async (signal) => {
      const name = `${signal.toLowerCase()}${workers}`
      const random = Random.make(12, workers, Random.keyOf(signal))
      let stops = 0
      while (stops < 3 && (await stopped(name, workers, signal, random))) stops += 1
      assert.isAtLeast(stops, 1)
      const { code, stderr } = await started(name, workers, "resume=last").ended
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(checkpointsOf(name), checkpointsOf(whole))
      assert.deepStrictEqual(logOf(name), logOf(whole))
    }
  )
})
