/**
 * What is promised first of all: `anneal train`, stopped anywhere and as often as it may be, goes on to the very
 * checkpoints and the very log of a run that never stopped, whatever the task.
 */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Random from "../../src/pipeline/nn/Random.ts"
import * as Anneal from "../support/anneal.ts"
import * as Project from "../support/project.ts"

/** Everything that has a state: accumulation, averages, ranking, validation within epochs. */
const stateful = [
  "figure_images=0",
  "trainer.log_every_n_steps=1",
  "trainer.accumulate_grad_batches=3",
  "trainer.val_check_interval=5",
  "callbacks.ema_weight_averaging.enabled=true",
  "callbacks.ema_weight_averaging.decay=0.8",
  "callbacks.model_checkpoint={monitor:train/loss,mode:min,save_top_k:2,every_n_train_steps:2}"
]

interface Subject {
  /** The folder that it is trained in. */
  readonly cwd: string
  readonly task: string
  readonly settings: ReadonlyArray<string>
  /** The key of its threads. */
  readonly threads: string
  /** It is stopped within so many milliseconds of its training. */
  readonly within: number
}

const detector: Subject = {
  cwd: Anneal.temporary(),
  task: "text_detection",
  settings: [
    ...Anneal.small.filter((one) => !/^(data.train_size|figure_images)=/.test(one)),
    "data.train_size=14",
    "trainer.accelerator=wasm",
    "trainer.threads=1",
    "trainer.max_epochs=9",
    "callbacks.early_stopping={monitor:train/loss,mode:min,patience:2,min_delta:0.03}"
  ],
  threads: "data.workers",
  within: 1200
}

/** A task of somebody else's, in a project of its own: a step of it takes next to no time. */
const foreign: Subject = {
  cwd: Project.foreign(),
  task: "stripes",
  settings: [
    "data.samples=40",
    "trainer.max_epochs=200",
    "callbacks.early_stopping={monitor:train/loss,mode:min,patience:30,min_delta:0}"
  ],
  threads: "data.threads",
  within: 600
}

afterAll(() => {
  for (const { cwd } of [detector, foreign]) Anneal.remove(cwd)
})

const started = (
  { cwd, settings, threads }: Subject,
  name: string,
  workers: number,
  ...more: ReadonlyArray<string>
) =>
  Anneal.start(cwd, "train", ...stateful, ...settings, `${threads}=${workers}`, `exp_name=${name}`, ...more)

const folderOf = ({ cwd, task }: Subject, name: string) => join(cwd, "outputs/experiments/train", task, name)

const runOf = (subject: Subject, name: string) => {
  const folder = folderOf(subject, name)
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? "")
}

const digest = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex")

/** A digest of every file of every checkpoint. */
const checkpointsOf = (run: string) => {
  const folder = join(run, "checkpoints")
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  )
  const paths = files.map((file) => join(file.parentPath, file.name)).toSorted()
  return paths.map((file) => `${file.slice(folder.length)} ${digest(file)}`)
}

/** The log, without the pace of each step: no two runs share it. */
const logOf = (run: string): ReadonlyArray<string> => {
  const lines = readFileSync(join(run, "metrics.csv"), "utf8").split("\n")
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
const stopped = async (
  subject: Subject,
  name: string,
  workers: number,
  signal: NodeJS.Signals,
  random: Random.Random
) => {
  const resume = existsSync(folderOf(subject, name)) ? ["resume=last"] : []
  const training = started(subject, name, workers, ...resume)
  const ended = training.ended.then(() => undefined)
  await Promise.race([training.says("batches per epoch"), ended])
  await Promise.race([wait(random.int(subject.within)), ended])
  training.process.kill(signal)
  const { code, stderr } = await training.ended
  assert.include([0, signal === "SIGINT" ? 130 : null], code, stderr)
  return code !== 0
}

/** Each task with and without threads, stopped by each signal: every two of these together, in half of the runs. */
describe.each([
  ["the detector", detector, 0, "SIGINT"],
  ["the detector", detector, 2, "SIGKILL"],
  ["a task of one's own", foreign, 0, "SIGKILL"],
  ["a task of one's own", foreign, 2, "SIGINT"]
] as const)("anneal train of %s", (_, subject, workers, signal) => {
  const whole = `whole${workers}`

  beforeAll(async () => {
    const { code, stderr } = await started(subject, whole, workers).ended
    assert.strictEqual(code, 0, stderr)
    assert.include(stderr, "early stopping")
  })

  it(`with ${workers} workers, stopped at random by ${signal}, goes on to the same checkpoints and the same log`, async () => {
    const name = `${signal.toLowerCase()}${workers}`
    const random = Random.make(12, workers, Random.keyOf(signal))
    let stops = 0
    while (stops < 3 && (await stopped(subject, name, workers, signal, random))) stops += 1
    assert.isAtLeast(stops, 1)
    const { code, stderr } = await started(subject, name, workers, "resume=last").ended
    assert.strictEqual(code, 0, stderr)
    const [run, wanted] = [runOf(subject, name), runOf(subject, whole)]
    assert.deepStrictEqual(checkpointsOf(run), checkpointsOf(wanted))
    assert.deepStrictEqual(logOf(run), logOf(wanted))
  })
})
