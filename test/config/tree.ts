/** Config trees written into a folder that the test's scope removes. */
import { Effect, FileSystem, Path } from "effect"
import type * as Config from "../../src/config/Config.ts"

/** Writes the files, by relative path, below a new folder and gives the options to compose `config` there. */
export const write = Effect.fn("tree.write")(function* (files: Readonly<Record<string, string>>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fs.makeTempDirectoryScoped()
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name)
    yield* fs.makeDirectory(path.dirname(file), { recursive: true })
    yield* fs.writeFileString(file, text)
  }
  const options: Omit<Config.ComposeOptions, "overrides"> = {
    searchPath: [path.join(root, "configs")],
    configName: "config",
    runtime: { cwd: root, now: new Date(Date.UTC(2024, 0, 2, 3, 4, 5)), env: {}, jobName: "app" }
  }
  return options
})
