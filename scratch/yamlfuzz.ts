// differential YAML fuzz vs PyYAML/OmegaConf (exploratory)
import { spawnSync } from "node:child_process"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Yaml from "../src/config/Yaml.ts"
import { Source } from "../src/config/Source.ts"
import { keyOf } from "../src/config/Node.ts"
import * as Python from "../src/config/Python.ts"
import * as ConfigFile from "../src/config/ConfigFile.ts"
let seed = Number(process.argv[2] ?? 1); const N = Number(process.argv[3] ?? 2000)
const rnd = () => { seed = (seed * 1664525 + 1013904223) >>> 0; return seed / 4294967296 }
const pick = <T>(xs: ReadonlyArray<T>): T => xs[Math.floor(rnd() * xs.length)]!
const scal = ["1", "0", "-3", "010", "0x1F", "0b11", "0o17", "1e3", "1e-3", "1.5", ".5", "5.", "1_000", "1__0", "_1", "1:30", "1:30:00.5", "yes", "No", "on", "off", "y", "n", "true", "TRUE", "null", "~", "", "Null", ".inf", "-.INF", ".nan", "2024-01-01", "a", "a b", "a: b", "'q'", "\"d\\n\"", "'it''s'", "a#b", "a #c", "@x", "`x", "%x", "*al", "&an x", "!t x", "!!str 5", "!!int '3'", "!!float 1", "| x", "> x", "- x", "-x", "? x", "?x", ":x", "[a, b]", "{a: 1}", "{a}", "[a", "{a: b, c}", "${a}", "${oc.env:HOME}", "${a", "x${b}y", "???", "=", "<<", "\t1", "a\tb", "é", "😀", "0777", "08", "1e", "+1", "-0", "+.5", "1.2.3", "12e03", "1.e5", "0.", "-", "--", "---", "...", "a:", "a::b", "http://x:80/y", "[1, 2]", "[]", "{}", "[a: b]", "{a: [1, {b: c}]}", "[?]", "a?b", "[a?b]", "{a?: 1}", "\"a\": 1", "!!null x", "!!bool yes", "!!seq [1]", "!!map {a: 1}", "!!set {a}", "!!binary aGk=", "'a' b", "\"x\\q\"", "\"\\x41\"", "\"\\u00e9\"", "'multi\n  line'", "1 2", "1,2", ",", "[,]", "[a,]", "{,}", "{a,}", "]", "}", "&a", "*a", "&a b", "'", "\""]
const keys = ["a", "b", "c", "1", "true", "1.5", "null", "'k'", "\"k\"", "a b", "x-y", "<<", "=", "? k", "[a]", "on", "~", "", "a.b", "${a}", "é", "a:b", "-k", "010", "*al", "&an k"]
const gen = (d: number, ind: number): string => { const pad = " ".repeat(ind); let out = ""; const n = 1 + Math.floor(rnd() * 4)
  if (rnd() < 0.75) for (let i = 0; i < n; i++) { const k = rnd() < 0.7 ? pick(["a", "b", "c", "d", "e"]) + (rnd() < 0.5 ? i : "") : pick(keys); const r = rnd()
    if (r < 0.6 || d > 3) out += `${pad}${k}: ${pick(scal)}${rnd() < 0.1 ? " # c" : ""}\n`
    else if (r < 0.66) out += `${pad}${k}: ${pick(["|", ">", "|-", ">-", "|+", ">+", "|2", ">1"])}\n${pad}  ${pick(scal)}\n${rnd() < 0.5 ? `\n${pad}   more\n` : ""}`
    else if (r < 0.72) out += `${pad}${k}: &an\n${gen(d + 1, ind + 2)}`
    else out += `${pad}${k}:\n${gen(d + 1, ind + pick([0, 1, 2, 2, 2, 2]))}` }
  else for (let i = 0; i < n; i++) { const r = rnd(); if (r < 0.7 || d > 3) out += `${pad}- ${pick(scal)}\n`; else if (r < 0.85) out += `${pad}- a: ${pick(scal)}\n${pad}  b: ${pick(scal)}\n`; else out += `${pad}-\n${gen(d + 1, ind + 2)}` }
  return out }
const mutate = (t: string) => { if (rnd() < 0.6) return t; const a = [...t]; const m = 1 + Math.floor(rnd() * 2); for (let i = 0; i < m; i++) { const p = Math.floor(rnd() * a.length); const r = rnd(); if (r < 0.4) a.splice(p, 1); else if (r < 0.8) a.splice(p, 0, pick([..." \n\t:-#'\"[]{},&*!|>?%@`$=~.0ay"])); else a[p] = pick([..." \n:-#'\"[]{},&*!|>?"]) } return a.join("") }
const texts: string[] = []
for (let i = 0; i < N; i++) { let t = gen(0, 0); if (rnd() < 0.05) t = pick(scal); if (rnd() < 0.05) t = "---\n" + t; if (rnd() < 0.03) t += "---\nb: 1\n"; if (rnd() < 0.1) t = "# c\n\n" + t; texts.push(mutate(t)) }
const r = spawnSync("/tmp/cfgvenv/venv/bin/python", ["test/hydra/oracle.py"], { input: texts.map((text) => JSON.stringify({ kind: "yaml", text, path: "/tmp/cfgvenv/y.yaml" })).join("\n"), maxBuffer: 1 << 30 })
if (r.status !== 0) console.log(String(r.stderr).slice(-2000))
const lines = String(r.stdout).trim().split("\n").map((l) => JSON.parse(l))
const reader = await Effect.runPromise(Yaml.reader)
const encS = (v: any): any => typeof v === "bigint" ? (Number.isSafeInteger(Number(v)) ? Number(v) : { $int: String(v) }) : typeof v === "number" ? { $float: Python.floatText(v) } : v instanceof Uint8Array ? { $bytes: Buffer.from(v).toString("hex") } : v
const enc = (n: any): any => n._tag === "List" ? n.items.map(enc) : n._tag === "Map" ? { $dict: [...n.entries].map(([id, c]: any) => [encS(keyOf(n, id)), enc(c)]) } : encS(n.value)
let ok = 0, bothErr = 0; const diffs: any = []
texts.forEach((t, i) => {
  const want = lines[i]
  let got: any
  const res = Effect.runSync(Effect.result(ConfigFile.read(reader, new Source("t", t)))) as any
  if (Result.isFailure(res)) got = { error: (res.failure as any).message }
  else { got = { ok: enc((reader(new Source("t", t)) as any).success ?? { _tag: "Map", entries: new Map() }) }; const rr: any = (reader(new Source("t", t)) as any).success; if (rr?._tag === "Scalar") got = { skip: 1 } }
  if (got.skip) return
  if (want.error && got.error) { bothErr++; return }
  if (!want.error && !got.error && JSON.stringify(want.ok) === JSON.stringify(got.ok)) { ok++; return }
  diffs.push([t, want, got])
})
console.log({ ok, bothErr, diffs: diffs.length })
for (const [t, w, g] of diffs.sort((a: any, b: any) => a[0].length - b[0].length).slice(0, Number(process.argv[4] ?? 15))) console.log(JSON.stringify(t), "\n   py", JSON.stringify(w).slice(0, 300), "\n   us", JSON.stringify(g).slice(0, 300))
