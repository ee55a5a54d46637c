import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "../src/config/Config.ts"
import * as Resolve from "../src/config/Resolve.ts"
import * as YamlWriter from "../src/config/YamlWriter.ts"
import { keyOf } from "../src/config/Node.ts"
import * as Python from "../src/config/Python.ts"
import * as Random from "../test/hydra/Random.ts"
import * as Trees from "../test/hydra/Trees.ts"
import * as Oracle from "../test/hydra/Oracle.ts"
const N = Number(process.argv[2] ?? 200), seed0 = Number(process.argv[3] ?? 1), show = Number(process.argv[4] ?? 5)
const dir = "/tmp/cfgvenv/trees"; fs.rmSync(dir, { recursive: true, force: true })
const cases = []
for (let i = 0; i < N; i++) { const c = Trees.tree(Random.make(seed0 + i)); const d = `${dir}/${i}`; for (const [n, t] of Object.entries(c.files)) { fs.mkdirSync(`${d}/${n}`.replace(/\/[^/]*$/, ""), { recursive: true }); fs.writeFileSync(`${d}/${n}.yaml`, t + "\n") } cases.push({ kind: "tree", dir: d, ...c }) }
const env = { USER: "casey" }
const t0 = performance.now()
const answers: any[] = process.env.NOPY ? cases.map(() => ({ error: "x", message: "" })) : Oracle.ask("/tmp/cfgvenv/venv/bin/python", cases.map(({ files, ...c }) => c), env) as any[]
const t1 = performance.now()
const encS = (v: any): any => typeof v === "bigint" ? (Number.isSafeInteger(Number(v)) ? Number(v) : { $int: String(v) }) : typeof v === "number" ? { $float: Python.floatText(v) } : v instanceof Uint8Array ? { $bytes: Buffer.from(v).toString("hex") } : v
const enc = (n: any): any => n._tag === "List" ? n.items.map(enc) : n._tag === "Map" ? { $dict: [...n.entries].map(([id, c]: any) => [encS(keyOf(n, id)), enc(c)]) } : encS(n.value)
const kinds: any = { ConfigNotFound: ["MissingConfigException"], OverrideSyntaxError: ["OverrideParseException"] }
const ik: any = { InterpolationSyntax: "GrammarParseError", InterpolationKeyMissing: "InterpolationKeyError", InterpolationToMissing: "InterpolationToMissingValueError", InterpolationCycle: "InterpolationResolutionError", InterpolationFailed: "InterpolationResolutionError", ResolverUnknown: "UnsupportedInterpolationType", InterpolationInvalid: "InterpolationValidationError" }
let ok = 0, err = 0, resErr = 0; const diffs: any[] = []
const t2 = performance.now()
for (const [i, c] of cases.entries()) {
  const want = answers[i]; const ts = performance.now(); if (process.env.NOPY) fs.writeSync(1, `${i} `)
  const r: any = await Effect.runPromise(Effect.result(Config.compose({ searchPath: [c.dir], configName: c.config, overrides: c.overrides, runtime: { cwd: c.dir, now: new Date(), env, jobName: "app" } }).pipe(Effect.provide(NodeServices.layer))) as any)
  if (want.error === "Slow") continue
  if (Result.isFailure(r)) { const f: any = r.failure
    if (want.error) { const k = kinds[f._tag] ?? ["ConfigCompositionException"]; if (["ConfigCompositionException", "MissingConfigException", "OverrideParseException"].includes(want.error) && !k.includes(want.error)) diffs.push([c, want, f._tag + ": " + f.message]); else err++; continue }
    diffs.push([c, want, f._tag + ": " + f.message]); continue }
  const s: any = r.success
  if (want.error) { diffs.push([c, want, YamlWriter.write(s.config)]); continue }
  const rr: any = await Effect.runPromise(Effect.result(Resolve.tree({ root: s.config, env, now: new Date() })) as any)
  const resolved = Result.isFailure(rr) ? { error: ik[(rr.failure as any)[0]._tag] } : { ok: enc((rr.success as any).node) }
  const wr = want.resolved.error ? { error: want.resolved.error } : want.resolved
  if (want.resolved.error === "RecursionError") (resolved as any).error = (resolved as any).error ? "RecursionError" : undefined
  const h = s.hydra
  const run = enc({ ...h, entries: new Map(["run", "sweep", "searchpath", "output_subdir", "mode", "verbose", "callbacks"].map((k) => [k, h.entries.get(k)])) })
  const got: any = { yaml: YamlWriter.write(s.config), choices: Object.fromEntries(s.choices), defaults: s.defaults.map((d: any) => [d.config, d.package, d.isSelf]), resolved, run, job: enc(h.entries.get("job")) }
  const norm = (x: any) => JSON.stringify(x)
  const bad = Object.keys(got).filter((k) => norm(k === "choices" ? Object.entries(got[k]).sort() : got[k]) !== norm(k === "resolved" ? wr : k === "choices" ? Object.entries(want[k]).sort() : want[k]))
  if (bad.length === 0) { ok++; if (wr.error) resErr++ } else diffs.push([c, Object.fromEntries(bad.map((k) => [k, k === "resolved" ? { ...wr, m: want.resolved.message } : want[k]])), Object.fromEntries(bad.map((k) => [k, got[k]]))])
}
console.log({ ok, err, resErr, diffs: diffs.length, py: ((t1 - t0) / N).toFixed(1), us: ((performance.now() - t2) / N).toFixed(1) })
for (const [c, w, g] of diffs.slice(0, show)) { console.log("=====", c.dir, JSON.stringify(c.overrides)); console.log("want", typeof w === "string" ? w : JSON.stringify(w).slice(0, 1200)); console.log("got ", typeof g === "string" ? g.slice(0, 1200) : JSON.stringify(g).slice(0, 1200)) }
const m: any = {}; for (const a of answers) if (a.error) { const k = a.error + ": " + a.message.replace(/'[^']*'/g, "X").slice(0, 60); m[k] = (m[k] ?? 0) + 1 }
if (process.argv[5]) console.log(Object.entries(m).sort((a: any, b: any) => b[1] - a[1]).slice(0, 25))
