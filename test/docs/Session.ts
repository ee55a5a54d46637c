/**
 * The commands of a page as one session of a shell, from its first line to its last: files that the page shows are
 * written where they stand, folders that it enters stay entered, what one command makes is there for the next.
 */
import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import * as Markdown from "./Markdown.ts"
import * as Modules from "./Modules.ts"
import { blocksOf, root, slug } from "./Pages.ts"

/** Overrides that make the trainings of a page last a second or two. What the page itself says comes after, and wins. */
const small = [
  "model=dbnet_tiny",
  "data.augment.crop=96",
  "data.long_side=256",
  "trainer.max_epochs=1",
  "trainer.limit_train_batches=2",
  "trainer.limit_val_batches=1",
  "trainer.num_sanity_val_steps=0",
  "figure_images=1"
]

/** Milliseconds that a page may take. */
export const limit = 400_000

export interface Ended {
  readonly code: number | null
  /** The last command that was begun and what it printed, as `README.md:12`. */
  readonly last: string
}

/** The script, or `undefined` for a page without commands to run. */
export const script = (page: Markdown.Page): string | undefined => {
  const runs = blocksOf(page, "shell").filter((block) => Markdown.marker(block, "dry") === undefined)
  if (runs.length === 0) return undefined
  const steps = page.blocks.flatMap((block) => {
    if (runs.includes(block)) return commandsOf(page, block)
    const file = Markdown.marker(block, "file")
    return file === undefined ? [] : [`place '${file.text}'`]
  })
  return [`source '${path.join(import.meta.dirname, "session.sh")}'`, ...steps].join("\n")
}

const commandsOf = (page: Markdown.Page, block: Markdown.Block): ReadonlyArray<string> => {
  const mode = Markdown.marker(block, "small") === undefined ? "run" : "small"
  const values = Markdown.markers(block, "where").map(({ text }) => text.split(/ = (.*)/s))
  const text = values.reduce(
    (code, [name = ""], index) => code.replaceAll(name, `"$value${index}"`),
    block.text
  )
  const fails = Markdown.marker(block, "fails")
  return [
    `mode=${mode}`,
    `echo '@${page.path}:${block.line}'`,
    ...Markdown.markers(block, "given").map(({ text }) => text),
    ...values.map(([, command = ""], index) => `value${index}=$(${command})`),
    ...(fails === undefined ? [text] : refused(text, fails.text))
  ]
}

/** Runs what has to fail, and to say why. */
const refused = (text: string, says: string) => [
  `if (set -e; ${text.trim()}\n) >refused.txt 2>&1; then echo 'was not refused'; exit 1; fi`,
  "cat refused.txt",
  `grep -qF -- '${says.replaceAll("'", "'\\''")}' refused.txt`
]

/** Runs a script in a folder of its own in the sandbox. */
export const run = (sandbox: string, page: Markdown.Page, text: string): Promise<Ended> => {
  const files = path.join(sandbox, "files", slug(page))
  const here = path.join(sandbox, slug(page))
  mkdirSync(here, { recursive: true })
  mkdirSync(files, { recursive: true })
  Modules.write(page, files)
  for (const block of page.blocks) {
    const file = Markdown.marker(block, "file")
    if (file === undefined || Modules.of(page).has(file.text)) continue
    mkdirSync(path.dirname(path.join(files, file.text)), { recursive: true })
    writeFileSync(path.join(files, file.text), block.text)
  }
  const child = spawn("bash", ["-c", text], {
    cwd: here,
    detached: true,
    env: {
      ...process.env,
      CI: "1",
      HOME: sandbox,
      PATH: [path.dirname(process.execPath), path.join(root, "node_modules/.bin"), process.env["PATH"]].join(
        ":"
      ),
      HERE: here,
      FILES: files,
      MODULES: path.join(sandbox, "node_modules"),
      SMALL: small.join(" ")
    },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said += String(chunk)
    })
  }
  // The whole group: a command that hangs must not outlive the test that gave it up.
  const hung = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), limit)
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(hung)
      resolve({ code, last: said.slice(said.lastIndexOf("\n@") + 1) })
    })
  )
}
