import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Config from "../../../src/config/Config.ts"
import * as memory from "../memory.ts"

const runtime = { cwd: "/w", now: new Date(0), env: { EXTRA: "/extra" }, jobName: "app" }

const files = {
  "/w/conf/config.yaml": "defaults:\n  - db: mysql\n  - _self_\na: 1\n",
  "/w/conf/db/mysql.yaml": "from: conf\n",
  "/more/db/mysql.yaml": "from: more\n",
  "/more/db/other.yaml": "from: more\n",
  "/extra/db/third.yaml": "from: extra\n",
  "/w/node_modules/kit/configs/db/packed.yaml": "from: kit\n"
}

const compose = (
  searchPath: ReadonlyArray<string>,
  overrides: ReadonlyArray<string> = [],
  extra: Readonly<Record<string, string>> = {}
) =>
  Config.compose({
    searchPath,
    packageFolders: ["node_modules"],
    configName: "config",
    overrides,
    runtime
  }).pipe(Effect.provide(memory.layer({ ...files, ...extra })))

const from = (composed: Config.Composed) => Config.resolveKey(composed, "db.from")

describe("the search path", () => {
  it.effect("takes a config from the first folder that has it", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* from(yield* compose(["conf", "/more"])), "conf")
      assert.strictEqual(yield* from(yield* compose(["/more", "conf"])), "more")
      assert.strictEqual(yield* from(yield* compose(["conf", "/more"], ["db=other"])), "more")
    })
  )

  it.effect("grows by hydra.searchpath, of the primary config or the command line", () =>
    Effect.gen(function* () {
      const override = "hydra.searchpath=[file:///more]"
      assert.strictEqual(yield* from(yield* compose(["conf"], ["db=other", override])), "more")
      const text = `${files["/w/conf/config.yaml"]}hydra: {searchpath: ["\${oc.env:EXTRA}"]}\n`
      const composed = yield* compose(["conf"], ["db=third"], { "/w/conf/config.yaml": text })
      assert.strictEqual(yield* from(composed), "extra")
      assert.deepStrictEqual(
        composed.searchPath.map(({ provider, path }) => [provider, path]),
        [
          ["hydra", "pkg://hydra.conf"],
          ["main", "/w/conf"],
          ["hydra.searchpath in main", "/extra"]
        ]
      )
    })
  )

  it.effect("finds packages", () =>
    Effect.gen(function* () {
      const composed = yield* compose(["conf"], ["db=packed", "hydra.searchpath=[pkg://kit.configs]"])
      assert.strictEqual(yield* from(composed), "kit")
    })
  )

  it.effect("warns of a folder that is not there", () =>
    Effect.gen(function* () {
      const { warnings } = yield* compose(["conf"], ["hydra.searchpath=[/nowhere]"])
      assert.deepStrictEqual(
        warnings.map(({ message }) => message),
        ["the folder /nowhere in the config search path (hydra.searchpath in command-line) does not exist."]
      )
    })
  )

  it.effect("refuses a named folder that does not exist", () =>
    Effect.gen(function* () {
      for (const folders of [["/nowhere"], ["conf", "/nowhere"]]) {
        const error = yield* Effect.flip(compose(folders, []))
        assert.include(error.message, "the config folder /nowhere does not exist")
      }
    })
  )

  it.effect("is named where a config is not found, with what there is", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(compose(["conf", "/more"], ["db=mysq"]))
      assert.strictEqual(error._tag, "ConfigNotFound")
      for (const part of [
        'Did you mean "mysql"?',
        "Available options:\n  mysql\n  other\n",
        "/w/conf",
        "/more"
      ])
        assert.include(error.message, part)
    })
  )

  it.effect("takes no number for a folder", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(compose(["conf"], ["hydra.searchpath=3"]))
      assert.include(error.message, "hydra.searchpath")
    })
  )

  it.effect("needs a primary config that is there", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(compose(["/extra"]))
      assert.strictEqual(error._tag, "ConfigNotFound")
      assert.include(error.message, '"config"')
    })
  )
})
