import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"

const root = path.dirname(path.dirname(import.meta.dirname))
const settings = ["package.json", "tsconfig.json", "biome.json", ".oxlintrc.json"]

/** Runs one check with our settings on a project that holds only these files. */
const check = (name: string, files: Readonly<Record<string, string>>) => {
  const project = mkdtempSync(path.join(tmpdir(), "anneal-check-"))
  onTestFinished(() => rmSync(project, { recursive: true }))
  for (const file of settings) copyFileSync(path.join(root, file), path.join(project, file))
  // The scripts are files to look at themselves, so only the check that is one of them gets them.
  for (const folder of name === "architecture" ? ["node_modules", "scripts"] : ["node_modules"]) {
    symlinkSync(path.join(root, folder), path.join(project, folder))
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(project, file)), { recursive: true })
    writeFileSync(path.join(project, file), text)
  }
  const { status, stdout } = spawnSync(process.execPath, [path.join(root, "scripts", "check.ts"), name], {
    cwd: project,
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: `${path.join(root, "node_modules", ".bin")}${path.delimiter}${process.env["PATH"]}`
    }
  })
  return { status, stdout }
}

/** A function of complexity 9. */
const complex = [
  "export const f = (g: number) => {",
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `  if (g === ${n}) return ${n}`),
  "  return 0",
  "}"
]

const planted = (lines: ReadonlyArray<string>) => ({ "src/pipeline/Planted.ts": `${lines.join("\n")}\n` })

describe("check", () => {
  it.each([
    {
      name: "types",
      finds: ["TS2322", "TS1294"],
      lines: ['export const a: number = "1"', "export enum A {", "  B", "}"]
    },
    {
      name: "effect",
      finds: ["floatingEffect", "globalDate"],
      lines: ['import { Effect } from "effect"', 'Effect.log("a")', "export const now = () => Date.now()"]
    },
    {
      name: "lint",
      finds: ["no-explicit-any", "no-non-null-assertion", "consistent-type-assertions", "complexity"],
      lines: [
        "export const a: any = 1",
        "export const b = (c?: string) => c!.length",
        "export const d = (e: unknown) => e as string",
        ...complex
      ]
    },
    { name: "format", finds: ["format"], lines: ["export const a = 'b';"] },
    { name: "architecture", finds: ["keeps state"], lines: ["let a = 1", "export const b = () => a++"] }
  ])("$name finds $finds", ({ name, finds, lines }) => {
    const { status, stdout } = check(name, planted(lines))
    for (const find of finds) assert.include(stdout, find)
    assert.strictEqual(status, 1)
  })

  it.each(["examples/receipts/train.ts", "templates/project/src/train.ts"])(
    "lint finds complexity in %s",
    (file) => {
      const { status, stdout } = check("lint", { [file]: complex.join("\n") })
      assert.include(stdout, "complexity")
      assert.strictEqual(status, 1)
    }
  )

  it.each(["types", "effect", "lint", "format"])("%s passes on good code", (name) => {
    const { status, stdout } = check(name, planted(["export const a = (b: string) => b.length"]))
    assert.strictEqual(status, 0, stdout)
  })

  it.each(["types", "lint", "format"])("%s fails when there is nothing to look at", (name) => {
    const { status, stdout } = check(name, { "README.md": "" })
    assert.strictEqual(status, 1, stdout)
  })

  it("names the checks there are when asked for another", () => {
    assert.strictEqual(check("spelling", {}).status, 2)
  })
})
