import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Resolve from "../src/config/Resolve.ts"
import * as YamlWriter from "../src/config/YamlWriter.ts"
import { keyOf, map, list, scalar, keyId } from "../src/config/Node.ts"
import { merge } from "../src/config/Merge.ts"
import * as Syntax from "../src/config/InterpolationSyntax.ts"
import * as Python from "../src/config/Python.ts"
import * as Random from "../test/hydra/Random.ts"
import * as Oracle from "../test/hydra/Oracle.ts"
const N = Number(process.argv[2] ?? 500), R = Random.make(Number(process.argv[3] ?? 1)), show = Number(process.argv[4] ?? 8)
const C: any = { _tag: "Computed", by: "t" }
const encS = (v: any): any => typeof v === "bigint" ? (Number.isSafeInteger(Number(v)) ? Number(v) : { $int: String(v) }) : typeof v === "number" ? { $float: Python.floatText(v) } : v instanceof Uint8Array ? { $bytes: Buffer.from(v).toString("hex") } : v
const enc = (n: any): any => n._tag === "List" ? n.items.map(enc) : n._tag === "Map" ? { $dict: [...n.entries].map(([id, c]: any) => [encS(keyOf(n, id)), enc(c)]) } : encS(n.value)
const chars = ["a", "b", " ", " ", "x", ":", "#", "-", "?", ",", "[", "]", "{", "}", "'", '"', "\n", "\t", "%", "@", "`", "!", "&", "*", "|", ">", "\\", "é", "😀", "\u0085", "\u2028", "\u00a0", "\ufeff", "\u0007", "1", "0", ".", "e", "=", "$", "~", "_", "\r", "\u200b", "\ud7ff", "\ufffd", "\u{10ffff}"] as const
const str = (): string => { const r = R.next(); if (r < 0.15) return R.pick(["true", "1", "1.0", "1e3", "null", "~", "", "yes", "y", "on", "0x1f", "010", "2024-01-01", "2024-01-01 10:00:00", "1_000", "nan", "inf", ".inf", "infinity", "=", "<<", "---", "...", "- a", "a:", "::", "a: b", "1:30", "0o17", "+1", " 12 ", "???", "!!x", "null ", "{}", "[]", "0b1", "-", "?", ":", "?a", "-a", ":a", "1e", "1.", ".5", "1__0", "_1", "٣", "0.1e-5", "99999999999999999999999", "1e400"]); if (r < 0.3) { let s = ""; const n = 10 + R.below(50); for (let i = 0; i < n; i++) s += R.pick(["word", "w", "lo-ng", "it's", '"q"', "a:", "é", "  ", "\n", "x".repeat(30)]) + R.pick([" ", " ", " ", "", "  "]); return s } let s = ""; const n = R.below(9); for (let i = 0; i < n; i++) s += R.pick(chars); return s.replaceAll("${", "$") }
const val = (d: number): any => { const r = R.next(); if (d < 3 && r < 0.2) return map(new Map(Array.from({ length: R.below(4) }, () => [str(), val(d + 1)])) as any, C); if (d < 3 && r < 0.35) return list(Array.from({ length: R.below(4) }, () => val(d + 1)), C); if (r < 0.75) return scalar(str(), C); return scalar(R.pick<any>([null, true, false, 1n, -5n, 12345678901234567890n, 1.5, 1, -0, 1e20, 1e16, 1e15, 123456789.123, 1e-5, 1e-4, 0.1, NaN, Infinity, -Infinity, 1.7976931348623157e308, 5e-324, 2 ** 53, 0.30000000000000004]), C) }
const exprs = (): string => { const t = () => R.pick(["${a}", "${b.c}", "${l.0}", "${l[1]}", "${.b.c}", "${n}", "${f}", "${test:1,2}", "${test:${a}}", "${test:'x ${a}'}", "${oc.select:b.c}", "${oc.select:zz,${a}}", "${oc.decode:'[1,2]'}", "${oc.dict.keys:b}", "${oc.dict.values:b}", "${oc.create:{a:${a}}}", "${b}", "${l}", "\\${a}", "\\\\${a}", "$", "{", "}", "text", " ", "\\", "'", '"', "${", "${a", "${ a }", "${b.${k}}", "${${k2}}", "${oc.env:USER}", "${oc.env:NOPE,d}", "${test:[1, {x: y}, 'z']}", "${test:{a: 1, b: [c]}}", "${test: a b , c}", "${test:1e3,0x1,01,1_0,.5,inf,NaN,true,null,-}", "${test:a\\,b}", "${test:a:b}", "${x.y}", "${...a}", "${l.-1}", "${test:}", "${test:,}", "${oc.deprecated:a}", "${m}", "${s.u}", "${l.x}", "${oc.env:a,b,c}", "${nope:1}", "${a.b}", "${test:\"q\"}", "${test:'it\\'s'}", "${oc.decode:null}", "${oc.decode:'${a}'}", "${__x}", "${up}"]); let s = ""; const n = R.pick([1, 1, 1, 2, 2, 3]); for (let i = 0; i < n; i++) s += t(); if (R.chance(0.25)) { const a = [...s]; const p = R.below(a.length + 1); if (R.chance(0.5)) a.splice(p, 1); else a.splice(p, 0, R.pick([..."${}:,.[]'\"\\ ab1-=()\t"] as any)); s = a.join("") } return s }
const mk = (o: any): any => o === null || typeof o !== "object" ? scalar(typeof o === "number" && Number.isInteger(o) ? BigInt(o) : o, C) : Array.isArray(o) ? list(o.map(mk), C) : map(new Map(Object.entries(o).map(([k, v]) => [k, mk(v)])), C)
const base = mk({ a: 5, b: { c: "see", d: "${..a}" }, l: [1, "two", "${a}"], n: null, f: 1.5, k: "c", k2: "k", m: "???", s: "str", up: "${b}" })
const cases: any[] = []
for (let i = 0; i < N; i++) { cases.push({ kind: "dump", v: map(new Map([["k", val(0)], ["z", val(1)], [str(), val(1)]]), C) }); cases.push({ kind: "interpolation", base: enc(base), expr: exprs() }); cases.push({ kind: "merge", a: map(new Map([["a", val(0)], ["b", val(0)], ["c", val(1)]]), C), b: map(new Map([["b", val(0)], ["c", val(1)], ["a", val(0)]]), C) }) }
const answers = Oracle.ask("/tmp/cfgvenv/venv/bin/python", cases.map((c) => c.kind === "dump" ? { kind: "dump", value: enc(c.v) } : c.kind === "merge" ? { kind: "merge", base: enc(c.a), over: enc(c.b) } : c), { USER: "casey" }) as any[]
const ik: any = { InterpolationSyntax: "GrammarParseError", InterpolationKeyMissing: "InterpolationKeyError", InterpolationToMissing: "InterpolationToMissingValueError", InterpolationCycle: "InterpolationResolutionError", InterpolationFailed: "InterpolationResolutionError", ResolverUnknown: "UnsupportedInterpolationType", InterpolationInvalid: "InterpolationValidationError" }
const stat: any = {}; const diffs: any[] = []
for (const [i, c] of cases.entries()) {
  const want = answers[i]; let got: any
  if (c.kind === "dump") got = { ok: YamlWriter.write(c.v) }
  else if (c.kind === "merge") { const refs: any[] = []; const n = merge(c.a, c.b, { struct: false, refuse: (x) => refs.push(x) }); got = refs.length ? { error: "ConfigTypeError" } : { ok: enc(n) } }
  else { const syn = Syntax.parse(c.expr); const n = map(new Map([...base.entries, ["__x", scalar(c.expr, C)]]) as any, C)
    if (Result.isFailure(syn) && c.expr.includes("${")) got = { error: "GrammarParseError" }
    else { const r: any = await Effect.runPromise(Effect.result(Resolve.key({ root: n, env: { USER: "casey" }, now: new Date(), resolvers: new Map([["test", (args: any) => Effect.succeed(args.length === 1 ? args[0] : list(args, C))]]) }, "__x")) as any); got = Result.isFailure(r) ? { error: ik[(r.failure as any)[0]._tag], m: (r.failure as any)[0].message } : { ok: r.success === undefined ? null : enc((r.success as any).node) } } }
  const same = want.error ? (got.error === want.error || (want.error === "RecursionError" && got.error)) : JSON.stringify(want.ok) === JSON.stringify(got.ok)
  const k = c.kind + (want.error ? "/err" : ""); stat[k] ??= [0, 0]; stat[k][same ? 0 : 1]++
  if (!same) diffs.push([c, want, got])
}
console.log(stat)
const only = process.argv[5]
for (const [c, w, g] of diffs.filter((d: any) => !only || d[0].kind === only).sort((a: any, b: any) => JSON.stringify(a[1]).length - JSON.stringify(b[1]).length).slice(0, show)) { console.log("==", c.kind, c.kind === "dump" ? JSON.stringify(enc(c.v)).slice(0, 600) : c.kind === "merge" ? JSON.stringify(enc(c.a)).slice(0, 300) + " + " + JSON.stringify(enc(c.b)).slice(0, 300) : JSON.stringify(c.expr)); console.log("want", JSON.stringify(w).slice(0, 500)); console.log("got ", JSON.stringify(g).slice(0, 500)) }
