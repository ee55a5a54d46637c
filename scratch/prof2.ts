import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Yaml from "../src/config/Yaml.ts"
import * as ConfigFile from "../src/config/ConfigFile.ts"
import { Source } from "../src/config/Source.ts"
import * as YAML from "yaml"
const dir = "/tmp/cfgvenv/bench"
const files = ["train", "base", ...["model", "data", "trainer", "optimizer", "logger", "callbacks", "paths"].map((g) => `${g}/o0`), "paths/o3", "model/o1"].map((f) => `${dir}/${f}.yaml`)
const time = async (name: string, f: () => any) => { const ts = []; for (let i = 0; i < 200; i++) { const t = performance.now(); await f(); ts.push(performance.now() - t) } console.log(name, ts.sort((a, b) => a - b)[100]!.toFixed(3)) }
const texts = files.map((f) => fs.readFileSync(f, "utf8"))
const reader = await Effect.runPromise(Yaml.reader)
await time("readFileSync", () => files.map((f) => fs.readFileSync(f, "utf8")))
await time("effect read seq", () => Effect.runPromise(Effect.gen(function* () { const f = yield* FileSystem.FileSystem; for (const x of files) yield* f.readFileString(x) }).pipe(Effect.provide(NodeServices.layer))))
await time("effect provide only", () => Effect.runPromise(FileSystem.FileSystem.pipe(Effect.provide(NodeServices.layer))))
await time("effect readdirEntries x8", () => Effect.runPromise(Effect.gen(function* () { const f = yield* FileSystem.FileSystem; for (const x of ["", "/model", "/data", "/trainer", "/optimizer", "/logger", "/callbacks", "/paths"]) yield* f.readDirectoryEntries(dir + x) }).pipe(Effect.provide(NodeServices.layer))))
await time("yaml lib parse", () => texts.map((t) => YAML.parseDocument(t, { schema: "failsafe", version: "1.1", merge: false, uniqueKeys: false, prettyErrors: false, logLevel: "error" })))
await time("yaml cst only", () => texts.map((t) => [...new YAML.Parser().parse(t)]))
await time("reader", () => texts.map((t) => reader(new Source("x", t))))
await time("configfile", () => texts.map((t) => Effect.runSync(ConfigFile.read(reader, new Source("x", t)))))
console.log(texts.join("").length, "chars")
