import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "../src/config/Config.ts"
const dir = "/tmp/cfgvenv/bench"; fs.rmSync(dir, { recursive: true, force: true })
const groups = ["model", "data", "trainer", "optimizer", "logger", "callbacks", "paths"]
const w = (n: string, t: string) => { fs.mkdirSync(`${dir}/${n}`.replace(/\/[^/]*$/, ""), { recursive: true }); fs.writeFileSync(`${dir}/${n}.yaml`, t) }
let files = 0, keys = 0
const body = (g: string, n: number) => { let t = ""; for (let i = 0; i < n; i++) { keys += 4; t += `section_${i}:\n  name: ${g}_${i}\n  rate: ${i}e-3\n  path: \${root}/${g}/${i}\n  enabled: yes\n` } return t }
for (const g of groups) for (let o = 0; o < 4; o++) { files++; w(`${g}/o${o}`, (o === 0 && g !== "paths" ? `defaults:\n  - /paths@${g}.where: o3\n  - _self_\n` : "") + body(g, 4)) }
w("train", `defaults:\n${groups.map((g) => `  - ${g}: o0`).join("\n")}\n  - base\n  - _self_\nroot: /data\nseed: 42\n`)
w("base", body("base", 6))
console.log({ files: files + 2, keys })
const run = () => Effect.runPromise(Config.compose({ searchPath: [dir], configName: "train", overrides: ["model=o1", "trainer.section_0.rate=5", "+extra=1"], runtime: { cwd: dir, now: new Date(), env: {}, jobName: "t" } }).pipe(Effect.provide(NodeServices.layer)))
const ts = []; for (let i = 0; i < Number(process.argv[2] ?? 60); i++) { const t = performance.now(); await run(); ts.push(performance.now() - t) }
console.log("first", ts[0]!.toFixed(1), "median", ts.sort((a, b) => a - b)[ts.length >> 1]!.toFixed(2))
