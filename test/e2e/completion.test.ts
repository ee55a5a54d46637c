import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import { loadedByAnneal } from "../support/modules.ts"
import * as Shells from "../support/shells.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

/** Names that a shell would act on, each in the only folder that begins as it is typed. */
const hostile = [
  "a$(touch made)",
  "b`touch made`",
  'c"$(touch made)"',
  "d'$(touch made)'",
  "e\\$(touch made)"
]

beforeAll(() => {
  mkdirSync(join(cwd, "given"))
  mkdirSync(join(cwd, "pictures"))
  writeFileSync(join(cwd, "pictures.txt"), "")
  mkdirSync(join(cwd, "old scans"))
  for (const name of hostile) writeFileSync(join(cwd, "given", name), "")
})

const inBash = (line: string, typed?: string) => Shells.inBash(cwd, line, typed)

describe.skipIf(!Shells.available("bash"))("anneal --completions bash (skipped without bash)", () => {
  it("completes commands and flags", () => {
    assert.includeMembers(inBash("anneal "), ["train", "runs", "config"])
    assert.deepStrictEqual(inBash("anneal tra"), ["train"])
    assert.deepStrictEqual(inBash("anneal train --mul"), ["--multirun"])
    assert.deepStrictEqual(inBash("anneal train -c "), ["job", "plan", "hydra", "all"])
  })

  it("completes groups, options and keys of overrides, after the last = only", () => {
    assert.deepStrictEqual(inBash("anneal train dat"), ["option -o nospace", "data", "data."])
    assert.deepStrictEqual(inBash("anneal train data="), ["receipts", "synthetic", "synthetic_documents"])
    assert.deepStrictEqual(inBash("anneal train trainer.max_e"), ["option -o nospace", "trainer.max_epochs="])
    assert.deepStrictEqual(inBash("anneal train optimizer=sgd optimizer.mom"), [
      "option -o nospace",
      "optimizer.momentum="
    ])
    assert.deepStrictEqual(inBash("anneal config explain trainer.max_e"), ["trainer.max_epochs"])
    assert.includeMembers(inBash("anneal config show --for predict image"), ["image_dir="])
  })

  it("completes values that the plan counts, beside the one that stands there", () => {
    assert.includeMembers(inBash("anneal train trainer.accelerator="), ["auto", "wasm", "gpu"])
    assert.deepStrictEqual(inBash("anneal train trainer.deterministic=f"), ["false"])
    assert.includeMembers(inBash("anneal train optimizer.kind="), ["adam", "sgd", "lion"])
    assert.deepStrictEqual(inBash("anneal train seed="), ["42"])
  })

  it("leaves files and folders to the shell, and completes those in overrides", () => {
    assert.deepStrictEqual(inBash("anneal train --config-dir pic"), ["option -o filenames", "pictures"])
    assert.deepStrictEqual(inBash("anneal train data.root=./pic"), [
      "option -o nospace",
      "./pictures/",
      "./pictures.txt"
    ])
  })

  it("reads quotes and backslashes, and writes them where a word needs them", () => {
    assert.deepStrictEqual(inBash("anneal train 'logger.wandb.tags=[a, b]' trainer.deterministic=f"), [
      "false"
    ])
    assert.deepStrictEqual(inBash("anneal train data.root=./ol"), ["option -o nospace", "./old\\ scans/"])
    assert.deepStrictEqual(inBash("anneal train data.root=./old\\ s", "./old\\ s"), [
      "option -o nospace",
      "./old\\ scans/"
    ])
    const inQuotes = inBash("anneal train 'data.root=./ol", "data.root=./ol")
    assert.deepStrictEqual(inQuotes, ["option -o nospace", "data.root=./old scans/"])
    assert.deepStrictEqual(inBash('anneal train "data=re', "data=re"), ["data=receipts"])
    assert.deepStrictEqual(inBash("anneal train --config-dir ./old\\ s", "./old\\ s"), [
      "option -o filenames",
      "./old scans"
    ])
  })

  it("runs nothing that stands on the line", () => {
    assert.deepStrictEqual(inBash('anneal train "$(touch made)" `touch made` trainer.deterministic=f'), [
      "false"
    ])
    assert.isFalse(existsSync(join(cwd, "made")))
  })

  it("inserts names that mean themselves, inside of quotes as well", () => {
    for (const quote of ["", '"', "'"]) {
      for (const name of hostile) {
        const typed = `anneal train ${quote}data.root=./given/`
        const word = quote === "" ? undefined : "data.root=./given/"
        const start = name.slice(0, 1)
        const [inserted = ""] = inBash(`${typed}${start}`, word && `${word}${start}`)
        const whole =
          quote === "" ? `anneal train data.root=${inserted}` : `anneal train ${quote}${inserted}${quote}`
        assert.deepStrictEqual(
          Shells.bashReads(cwd, whole),
          ["anneal", "train", `data.root=./given/${name}`],
          whole
        )
      }
    }
    assert.isFalse(existsSync(join(cwd, "made")))
  })

  it("goes on in a quote that opens within a word, after what is escaped in it", () => {
    assert.deepStrictEqual(inBash('anneal train data.root="./given/a\\$', "./given/a\\$"), [
      "./given/a\\$(touch made)"
    ])
    assert.deepStrictEqual(inBash("anneal train data.root='./ol", "./ol"), [
      "option -o nospace",
      "./old scans/"
    ])
  })

  it("does not offer a name that would act on the terminal", () => {
    writeFileSync(join(cwd, "pictures", "x\u001b]0;owned\u0007.txt"), "")
    writeFileSync(join(cwd, "pictures", "x\ny"), "")
    assert.deepStrictEqual(inBash("anneal train data.root=./pictures/x"), [])
  })

  it("offers nothing where the line makes no sense", () => {
    assert.deepStrictEqual(inBash("anneal train optimizer=nothing optimizer.mom"), [])
    assert.deepStrictEqual(inBash("anneal doctor x"), [])
    assert.deepStrictEqual(inBash("anneal runs show x"), [])
  })
})

/** Lines, what is offered for them, and the line that zsh then has. */
const lines: ReadonlyArray<readonly [line: string, words: ReadonlyArray<string>, completed: string]> = [
  ["anneal tra", ["train"], "anneal train "],
  ["anneal runs li", ["lineage", "list"], "anneal runs li"],
  ["anneal train --mul", ["--multirun"], "anneal train --multirun "],
  ["anneal train -c ", ["all", "hydra", "job", "plan"], "anneal train -c "],
  ["anneal train dat", ["data.", "data="], "anneal train data"],
  [
    "anneal train data=",
    ["data=receipts", "data=synthetic", "data=synthetic_documents"],
    "anneal train data="
  ],
  ["anneal train trainer.max_e", ["trainer.max_epochs="], "anneal train trainer.max_epochs="],
  [
    "anneal train optimizer=sgd optimizer.mom",
    ["optimizer.momentum="],
    "anneal train optimizer=sgd optimizer.momentum="
  ],
  [
    "anneal train trainer.deterministic=f",
    ["trainer.deterministic=false"],
    "anneal train trainer.deterministic=false "
  ],
  [
    "anneal config explain trainer.max_e",
    ["trainer.max_epochs"],
    "anneal config explain trainer.max_epochs "
  ],
  [
    "anneal train data.root=./pi",
    ["data.root=./pictures.txt", "data.root=./pictures/"],
    "anneal train data.root=./pictures"
  ],
  ["anneal train data.root=./ol", ["data.root=./old scans/"], "anneal train data.root=./old\\ scans/"],
  [
    "anneal train 'logger.wandb.tags=[a, b]' seed=",
    ["seed=42"],
    "anneal train 'logger.wandb.tags=[a, b]' seed=42 "
  ],
  ["anneal train 'trainer.max_e", ["trainer.max_epochs="], "anneal train 'trainer.max_epochs="],
  ['anneal train "data.root=./ol', ["data.root=./old scans/"], 'anneal train "data.root=./old scans/'],
  ["anneal train optimizer=nothing optimizer.mom", [], "anneal train optimizer=nothing optimizer.mom"]
]

/** A name that zsh must quote as the quote wants that is open. */
const named: typeof lines = [
  [
    'anneal train "data.root=./given/a',
    ["data.root=./given/a$(touch made)"],
    'anneal train "data.root=./given/a\\$(touch made)" '
  ],
  [
    'anneal train "data.root=./given/b',
    ["data.root=./given/b`touch made`"],
    'anneal train "data.root=./given/b\\`touch made\\`" '
  ],
  [
    "anneal train data.root=./given/a",
    ["data.root=./given/a$(touch made)"],
    "anneal train data.root=./given/a\\$\\(touch\\ made\\) "
  ]
]

/** Lines that end in a folder, which the shell itself completes. */
const folders = [
  ["anneal train --config-dir pi", "anneal train --config-dir pictures/"],
  ["anneal train --config-dir=pi", "anneal train --config-dir=pictures/"]
] as const

describe.skipIf(!Shells.available("zsh"))("anneal --completions zsh (skipped without zsh)", () => {
  it("completes what is typed in a terminal", () => {
    const whole = [...lines, ...named]
    const typed = [...whole.map(([line]) => line), ...folders.map(([line]) => line)]
    const completed = Shells.inZsh(cwd, typed)
    for (const [i, [line, words, end]] of whole.entries())
      assert.deepStrictEqual(completed[i], { words, line: end }, line)
    for (const [i, [line, end]] of folders.entries())
      assert.strictEqual(completed[whole.length + i]?.line, end, line)
    assert.isFalse(existsSync(join(cwd, "made")))
  })

  it("completes where zsh loads it as a function", () => {
    mkdirSync(join(cwd, "functions"))
    const [first, second] = Shells.inZshFrom(cwd, join(cwd, "functions"), [
      "anneal tra",
      "anneal train --mul"
    ])
    assert.strictEqual(first?.line, "anneal train ")
    assert.strictEqual(second?.line, "anneal train --multirun ")
  })
})

describe.skipIf(!Shells.available("fish"))("anneal --completions fish (skipped without fish)", () => {
  it("offers what fits the line", () => {
    const offered = Shells.inFish(cwd, [...lines.map(([line]) => line), ...folders.map(([line]) => line)])
    for (const [i, [line, words]] of lines.entries())
      assert.deepStrictEqual(offered[i]?.toSorted(), words, line)
    assert.deepStrictEqual(offered.slice(lines.length), [["pictures/"], ["--config-dir=pictures/"]])
  })
})

describe("anneal complete", () => {
  it("describes words to the shells that show it", async () => {
    const { stdout } = await Anneal.run(cwd, "complete", "zsh", "runs", "lis")
    assert.strictEqual(stdout, "list\tList runs, newest first\n")
    const { stdout: last } = await Anneal.run(cwd, "complete", "bash", "runs", "lis")
    assert.strictEqual(last, "list\n")
  })

  it("knows the parameters of a pipeline, whose module it loads", async () => {
    const module = join(import.meta.dirname, "fixtures", "parameters.ts")
    const { stdout } = await Anneal.run(cwd, "complete", "bash", "pipeline", "run", module, "ep")
    assert.strictEqual(stdout, "epochs=\n")
    const { stdout: values } = await Anneal.run(cwd, "complete", "bash", "pipeline", "run", module, "order=")
    assert.strictEqual(values, "order=up\norder=down\n")
  })

  it("loads neither TensorFlow.js nor sharp, nor the plans", () => {
    const { code, packages, modules, stdout } = loadedByAnneal("complete", "bash", "train", "trainer.max_e")
    assert.strictEqual(code, 0)
    assert.strictEqual(stdout, "trainer.max_epochs=\n")
    assert.deepStrictEqual(
      packages.filter((name) => /^(@tensorflow\/|sharp$|@napi-rs\/canvas)/.test(name)),
      []
    )
    assert.deepStrictEqual(
      modules.filter((url) => /\/src\/(tasks|layers)\//.test(url)),
      []
    )
  })
})
