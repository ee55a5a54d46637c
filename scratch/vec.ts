import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "../src/config/Config.ts"
import * as Resolve from "../src/config/Resolve.ts"
import * as Yaml from "../src/config/Yaml.ts"
import * as YamlWriter from "../src/config/YamlWriter.ts"
import { Source } from "../src/config/Source.ts"
import { keyOf, map, scalar, list, keyId, isMissing } from "../src/config/Node.ts"
import { merge } from "../src/config/Merge.ts"
import { convert } from "../src/config/Convert.ts"
import * as T from "../src/config/Type.ts"
import * as Python from "../src/config/Python.ts"
const root = "/work/shared/vectors/hydra"
const file = process.env.CASES ?? `${root}/cases.json`
const d = JSON.parse(fs.readFileSync(file, "utf8"))
const C: any = { _tag: "Computed", by: "test" }
const enc = (n: any): any => {
  if (n._tag === "List") return n.items.map(enc)
  if (n._tag === "Map") {
    const es = [...n.entries].map(([id, c]: any) => [keyOf(n, id), c])
    if (es.every(([k]: any) => typeof k === "string")) return Object.fromEntries(es.map(([k, c]: any) => [k, enc(c)]))
    return { $dict: es.map(([k, c]: any) => [encS(k), enc(c)]) }
  }
  if (n.type._tag === "Enum" && typeof n.value === "string" && n.value !== "???") return { $enum: n.value }
  if (n.type._tag === "Scalar" && n.type.kind === "path" && typeof n.value === "string") return { $path: n.value }
  return encS(n.value)
}
const encS = (v: any): any => {
  if (typeof v === "bigint") return Number.isSafeInteger(Number(v)) ? Number(v) : { $int: String(v) }
  if (typeof v === "number") return Number.isInteger(v) || !Number.isFinite(v) ? { $float: Python.floatText(v) } : v
  if (v instanceof Uint8Array) return { $bytes: Buffer.from(v).toString("hex") }
  return v
}
const dec = (v: any): any => {
  if (Array.isArray(v)) return list(v.map(dec), C)
  if (v !== null && typeof v === "object") {
    if ("$float" in v) return scalar(v.$float === "inf" ? Infinity : v.$float === "-inf" ? -Infinity : v.$float === "nan" ? NaN : Number(v.$float), C)
    if ("$int" in v) return scalar(BigInt(v.$int), C)
    if ("$dict" in v) { const e = new Map(), o = new Map(); for (const [k, x] of v.$dict) { const kk = decK(k); const id = keyId(kk); if (typeof kk !== "string") o.set(id, kk); e.set(id, dec(x)) } return map(e, C, o) }
    return map(new Map(Object.entries(v).map(([k, x]) => [k, dec(x)])), C)
  }
  if (typeof v === "number" && Number.isInteger(v)) return scalar(BigInt(v), C)
  return scalar(v, C)
}
const decK = (k: any) => (typeof k === "number" && Number.isInteger(k) ? BigInt(k) : k)
const eq = (a: any, b: any) => JSON.stringify(norm(a)) === JSON.stringify(norm(b))
const norm = (v: any): any => Array.isArray(v) ? v.map(norm) : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, x]) => [k, norm(x)])) : v
const env = Object.fromEntries(Object.entries(d.$env as any).filter(([, v]) => v !== "(unset)")) as any
const run = (e: any) => Effect.runPromise(Effect.result(e.pipe(Effect.provide(NodeServices.layer))) as any) as any
const stats: any = {}
const fails: any = []
const check = (s: string, c: any, ok: boolean, got: any) => { stats[s] ??= [0, 0]; stats[s][ok ? 0 : 1]++; if (!ok) fails.push([s, c, got]) }
const kinds: any = {
  ConfigNotFound: "MissingConfigException", OverrideSyntaxError: "OverrideParseException", SearchPathInvalid: "ConfigCompositionException", FileInvalid: "ConfigCompositionException",
  DefaultsInvalid: "ConfigCompositionException", ChoiceMissing: "ConfigCompositionException", OverrideRefused: "ConfigCompositionException", MergeRefused: "ConfigCompositionException", ValueRefused: "ConfigCompositionException", KeyRefused: "ConfigCompositionException",
  InterpolationSyntax: "GrammarParseError", InterpolationKeyMissing: "InterpolationKeyError", InterpolationToMissing: "InterpolationToMissingValueError", InterpolationCycle: "InterpolationResolutionError", InterpolationFailed: "InterpolationResolutionError", ResolverUnknown: "UnsupportedInterpolationType", InterpolationInvalid: "InterpolationValidationError", InterpolationTooLarge: "?"
}
const only = (process.argv[2] ?? "compose,interp,resolve,typed,merge,to_yaml").split(",")
const exp = (c: any) => c.expect13 ?? c.expect
const reader = (await run(Yaml.reader)).success
if (only.includes("compose")) for (const c of d.compose) {
  const e = exp(c)
  const r = await run(Config.compose({ searchPath: [`${root}/configs/${c.dir}`], configName: c.config_name ?? undefined, overrides: c.overrides, runtime: { cwd: "/cwd", now: new Date(), env, jobName: "app" }, mode: c.mode === "MULTIRUN" ? "multirun" : "run" }))
  if (e.error) {
    const tag = r.failure?._tag
    const ok = Result.isFailure(r) && tag !== undefined && (c.non_hydra_error || kinds[tag] === e.error)
    check("compose", c, ok, Result.isFailure(r) ? `${tag}: ${(r.failure as any).message}` : enc((r.success as any).config)); continue
  }
  if (Result.isFailure(r)) { check("compose", c, false, `${(r.failure as any)._tag}: ${(r.failure as any).message}`); continue }
  const s: any = r.success
  const got: any = { defaults: s.defaults.filter((x: any) => !x.config.startsWith("hydra/")).map((x: any) => [x.config, x.package, x.isSelf]), config: enc(s.config), yaml: YamlWriter.write(s.config) }
  if (e.choices) got.choices = Object.fromEntries([...s.choices].filter(([k]: any) => !k.startsWith("hydra/")))
  if (e.resolved) {
    const h = { ...s, }
    const rr = await run(Resolve.tree({ root: s.config, hydra: withRuntime(s.root), env, now: new Date() }))
    got.resolved = Result.isFailure(rr) ? { error: kinds[(rr.failure as any)[0]._tag] } : enc((rr.success as any).node)
    if (e.resolved.error) e.resolved = { error: e.resolved.error }
  }
  const want = { ...e }
  if (want.defaults) want.defaults = want.defaults.filter((x: any) => x[0] !== null)
  check("compose", c, eq(got, want) , got)
}
function withRuntime(rootNode: any) {
  const h = rootNode.entries.get("hydra"); const put = (m: any, k: string, v: any) => ({ ...m, entries: new Map(m.entries).set(k, v) })
  const rt = put(put(h.entries.get("runtime"), "output_dir", scalar("/out", C)), "cwd", scalar("/cwd", C))
  const job = put(put(put(h.entries.get("job"), "num", scalar(0n, C)), "id", scalar("0", C)), "name", scalar("app", C))
  return put(rootNode, "hydra", put(put(h, "runtime", rt), "job", job))
}
const testResolver = new Map([["test", (args: any) => Effect.succeed(args.length === 1 ? args[0] : list(args, C))]])
if (only.includes("interp")) {
  for (const c of d.interp) { const e = exp(c); if (!e) continue
    const base = dec(d.interpolation_base)
    const n = map(new Map([...base.entries, ["__x", scalar(c.expr, C)]]), C)
    const r = await run(Resolve.key({ root: n, env, now: new Date(), resolvers: testResolver as any }, "__x"))
    const got = Result.isFailure(r) ? { error: kinds[(r.failure as any)[0]._tag], m: (r.failure as any)[0].message } : { ok: enc((r.success as any).node) }
    check("interp", c, e.error ? got.error === e.error : eq(got, e), got)
  }
}
const load = (t: string) => { const r = reader(new Source("t.yaml", t)); return r }
if (only.includes("resolve")) for (const c of d.resolve) {
  const e = exp(c); const y = load(c.yaml)
  let got: any
  if (Result.isFailure(y)) got = { error: "YAML", m: (y.failure as any)[0].message }
  else {
    let syn: any; const { walk } = { walk: (n: any): void => { if (n._tag === "Scalar") { } } }
    const o = { root: y.success as any, env, now: new Date(), resolvers: testResolver as any }
    const r = await run(c.select === "" ? Resolve.tree(o) : Resolve.key(o, c.select))
    got = Result.isFailure(r) ? { error: kinds[(r.failure as any)[0]._tag], m: (r.failure as any)[0].message } : { ok: r.success === undefined ? null : enc((r.success as any).node) }
  }
  const ok = e.error ? (["ParserError", "ScannerError", "ConstructorError", "ComposerError"].includes(e.error) ? got.error === "YAML" : got.error === e.error) : eq(got, e)
  check("resolve", c, ok, got)
}
const types: any = { int: T.int, float: T.float, bool: T.bool, str: T.str, path: T.path, any: T.any, "optional int": T.optional(T.int), "list[int]": T.list(T.int), "dict[str,int]": T.dict(T.str, T.int), "union[int,str]": T.union("int", "str"), "enum(RED=1,GREEN=2)": T.enumeration("Color", [["RED", 1n], ["GREEN", 2n]]) }
if (only.includes("typed")) for (const c of d.typed) {
  const e = exp(c); const refs: any[] = []
  const n = convert(dec(c.value), types[c.type], "f", (x) => refs.push(x))
  let got: any
  if (refs.length) got = { error: refs[0].subject === "key" ? "KeyValidationError" : "ValidationError", m: refs[0].problem }
  else if (isMissing(n)) got = { error: "MissingMandatoryValue" }
  else { const r = await run(Resolve.key({ root: map(new Map([["f", n], ["x", scalar(7n, C)]]), C), env, now: new Date() }, "f")); got = Result.isFailure(r) ? { error: kinds[(r.failure as any)[0]._tag] } : { ok: enc((r.success as any).node) } }
  check("typed", c, e.error ? got.error === e.error : eq(got, e), got)
}
if (only.includes("merge")) for (const c of d.merge) {
  const e = exp(c); const refs: any[] = []
  const n = merge((load(c.base) as any).success, (load(c.over) as any).success, { struct: false, refuse: (x) => refs.push(x) })
  const got = refs.length ? { error: refs[0].subject === "merge" ? "ConfigTypeError" : "ValidationError" } : { ok: enc(n) }
  check("merge", c, e.error ? (got as any).error === e.error : eq(got, e), got)
}
if (only.includes("to_yaml")) for (const c of d.to_yaml) { const got = YamlWriter.write(dec(c.value)); check("to_yaml", c, got === c.yaml, got) }
console.log(stats)
for (const [s, c, g] of fails.slice(0, Number(process.argv[3] ?? 10))) { console.log("----", JSON.stringify({ ...c, expect: undefined, expect13: undefined, expect14: undefined })); console.log("want", JSON.stringify(exp(c)).slice(0, 900)); console.log("got ", (typeof g === "string" ? g : JSON.stringify(g)).slice(0, 900)) }
