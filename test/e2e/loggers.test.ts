/** What of the loggers a run loads, by the real command line: nothing of what was not chosen. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import { loadedByAnnealIn } from "../support/modules.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

/** Parts of loggers by the names of their modules or of the chunks that hold them. */
const parts =
  /\/(Csv|JsonLines|TensorBoard|SpoolThread|spoolWorker|Wandb|Mlflow|OpenTelemetry)(?:-[\w-]+)?\.m?[jt]s$/

/** What trackers keep in folders of their own, where the sources are not bundled. */
const inside = /\/layers\/logger\/(?:wandb|mlflow)\//

const partsOf = (args: ReadonlyArray<string>) => {
  const { code, modules, stderr } = loadedByAnnealIn(cwd, ...args)
  assert.strictEqual(code, 0, stderr)
  if (!args.includes("logger=all"))
    assert.deepStrictEqual(
      modules.filter((url) => inside.test(url)),
      []
    )
  return [...new Set(modules.flatMap((url) => parts.exec(url)?.[1] ?? []))].sort()
}

// Each run has a name of its own: directories are named by the second, and runs that begin in one would meet.
const short = (name: string) => [
  ...Anneal.small,
  "trainer.max_steps=1",
  "trainer.limit_val_batches=1",
  `exp_name=${name}`
]

describe("a run", () => {
  it.each([
    { name: "none", overrides: ["logger=none"], loaded: [] },
    { name: "csv", overrides: ["logger=csv"], loaded: ["Csv"] },
    {
      name: "all",
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
  ])("with $overrides loads $loaded of the loggers", ({ name, overrides, loaded }) => {
    assert.deepStrictEqual(partsOf(["train", ...short(name), ...overrides]), loaded)
  })

  it("keeps with Weights & Biases what the console said", async () => {
    const overrides = ["logger=wandb", "logger.wandb.settings.offline=true"]
    const { code, stderr } = await Anneal.run(cwd, "train", ...short("said"), ...overrides)
    assert.strictEqual(code, 0, stderr)
    const wandb = join(Anneal.runIn(cwd, "train", "said"), "wandb")
    const output = readFileSync(join(wandb, readdirSync(wandb)[0] ?? "", "files/output.log"), "utf8")
    assert.match(output, /^dbnet_tiny: .* trainable/m)
    assert.include(stderr, output)
  })

  // Word for word, as somebody types them who comes from there.
  it.each([
    "anneal train trainer.max_epochs=1 trainer.limit_train_batches=0.01 trainer.limit_val_batches=0.01 exp_name=refactor_test logger.wandb.enabled=false",
    "anneal train trainer.max_epochs=1 trainer.limit_train_batches=0.1 trainer.limit_val_batches=0.1 exp_name=refactor_validation logger.wandb.enabled=false"
  ])("of the reference system loads no code of a tracker: %s", (command) => {
    assert.deepStrictEqual(partsOf(command.split(" ").slice(1)), ["Csv"])
  })
})
