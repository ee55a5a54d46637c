/** What of the loggers a run loads, by the real command line: nothing of what was not chosen. */
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import { loadedByAnneal } from "../support/modules.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

/** Parts of loggers by the names of their modules or of the chunks that hold them. */
const parts =
  /\/(Csv|JsonLines|TensorBoard|SpoolThread|spoolWorker|Wandb|Mlflow|OpenTelemetry)(?:-[\w-]+)?\.m?[jt]s$/

const partsFor = (...overrides: ReadonlyArray<string>) => {
  const { code, modules, stderr } = loadedByAnneal(
    "train",
    `paths.output_dir=${cwd}`,
    ...Anneal.small,
    "trainer.max_steps=1",
    "trainer.limit_val_batches=1",
    ...overrides
  )
  assert.strictEqual(code, 0, stderr)
  return [...new Set(modules.flatMap((url) => parts.exec(url)?.[1] ?? []))].sort()
}

describe("a run", () => {
  it.each([
    { overrides: ["logger=none"], loaded: [] },
    { overrides: ["logger=csv"], loaded: ["Csv"] },
    { overrides: ["logger.wandb.enabled=false"], loaded: ["Csv"] },
    {
      overrides: [
        "logger=all",
        "logger.opentelemetry.endpoint=http://127.0.0.1:9",
        "logger.finish_timeout=1"
      ],
      loaded: [
        "Csv",
        "JsonLines",
        "Mlflow",
        "OpenTelemetry",
        "SpoolThread",
        "TensorBoard",
        "Wandb",
        "spoolWorker"
      ]
    }
  ])("with $overrides loads $loaded of the loggers", ({ overrides, loaded }) => {
    assert.deepStrictEqual(partsFor(...overrides), loaded)
  })
})
