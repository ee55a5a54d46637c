/** What the compiler says of code that is wrong: each refusal must name what is missing or does not fit. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"

const root = join(import.meta.dirname, "../..")

export interface Case {
  readonly code: string
  /** Parts of the message, in any order; none for code that compiles. */
  readonly says: ReadonlyArray<RegExp>
}

/**
 * Compiles each case in a module of its own that has the prelude's imports and exports, all in one run of the compiler.
 * They stand in a folder of test/ beside the folders of the tests, so that `../../` is the project.
 */
export const describeRefusals = (prelude: string, cases: { readonly [name: string]: Case }): void => {
  describe("the compiler refuses", () => {
    let folder = ""
    let output = ""
    beforeAll(() => {
      folder = mkdtempSync(join(root, "test/.types-"))
      writeFileSync(join(folder, "prelude.ts"), prelude)
      const names = [...prelude.matchAll(/^export (?:const|class) (\w+)/gm)].map(([, name]) => name)
      const imports = prelude.match(/^import .*$/gm)?.join("\n")
      for (const [index, { code }] of Object.values(cases).entries()) {
        writeFileSync(
          join(folder, `case${index}.ts`),
          `${imports}\nimport { ${names.join(", ")} } from "./prelude.ts"\n${code}\nexport {}\n`
        )
      }
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({
          extends: "../../tsconfig.json",
          compilerOptions: { noUnusedLocals: false },
          include: ["*.ts"]
        })
      )
      const compiler = join(root, "node_modules/typescript/bin/tsc")
      output = spawnSync(process.execPath, [compiler, "--noEmit", "--pretty", "false", "-p", folder], {
        encoding: "utf8"
      }).stdout
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    /** The messages for a file, each with its indented explanation. */
    const messagesOf = (file: string) => {
      const blocks = output.split(/\n(?=\S)/)
      return blocks.filter((block) => block.includes(`${basename(folder)}/${file}(`)).join("\n")
    }

    it("only what is wrong: what they share compiles", () => assert.strictEqual(messagesOf("prelude.ts"), ""))

    for (const [index, [name, { says }]] of Object.entries(cases).entries()) {
      it(`${name}`, () => {
        const message = messagesOf(`case${index}.ts`)
        if (says.length === 0) assert.strictEqual(message, "")
        for (const part of says) assert.match(message, part, message)
      })
    }
  })
}
