/** The task that a module of the user's own declares. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { type Any, isTaskModule } from "../../../pipeline/module/TaskModule.ts"
import * as UserModule from "./UserModule.ts"

export interface DeclaredTask {
  readonly module: Any
  /** The file that declares it, as it was when it was loaded. */
  readonly source: { readonly path: string; readonly content: Uint8Array }
}

export const load = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const { path, exports } = yield* UserModule.load(file, "a task")
  const module = exports.get("default")
  if (!isTaskModule(module)) {
    return yield* new UserModule.ModuleRefused({
      path,
      problem: exports.has("default")
        ? "its default export is not a task module"
        : "it has no default export",
      cure: "Write `export default TaskModule.make({ … })`: docs/your-own-task.md"
    })
  }
  const content = yield* Effect.orDie(fs.readFile(path))
  const declared: DeclaredTask = { module, source: { path, content } }
  return declared
})
