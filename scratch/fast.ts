import * as fs from "node:fs"
import * as path from "node:path"
import * as Result from "effect/Result"
import * as library from "yaml"
import * as Yaml from "../src/config/Yaml.ts"
import * as YamlLines from "../src/config/YamlLines.ts"
import { Source } from "../src/config/Source.ts"
const ser = (n: any): any => n === undefined ? null : { t: n._tag, o: n.origin.offset, k: n.origin.keyOffset, ...(n._tag === "Scalar" ? { v: typeof n.value === "bigint" ? "b" + n.value : typeof n.value === "number" ? "f" + n.value : n.value } : n._tag === "List" ? { i: n.items.map(ser) } : { e: [...n.entries].map(([k, v]: any) => [k, ser(v)]), odd: n.oddKeys ? 1 : 0 }) }
let fast = 0, slow = 0, bad = 0
const check = (text: string) => { const s = new Source("t", text); const f = YamlLines.read(s); if (f === undefined) { slow++; return } fast++
  const r: any = Yaml.read(library as any, s); const a = JSON.stringify(ser(f.node)); const b = Result.isFailure(r) ? "ERR " + (r.failure as any)[0].message : JSON.stringify(ser(r.success)); if (a !== b) { if (bad++ < 12) console.log("DIFF", JSON.stringify(text), "\n fast", a.slice(0, 400), "\n slow", b.slice(0, 400)) } }
const walk = (d: string): string[] => fs.readdirSync(d, { withFileTypes: true }).flatMap((e) => e.isDirectory() ? walk(path.join(d, e.name)) : e.name.endsWith(".yaml") ? [path.join(d, e.name)] : [])
for (const f of walk("/work/shared/vectors/hydra/configs")) check(fs.readFileSync(f, "utf8"))
console.log("vectors", { fast, slow, bad }); fast = slow = 0
for (const f of walk("/tmp/cfgvenv/trees").slice(0, 20000)) check(fs.readFileSync(f, "utf8"))
console.log("trees", { fast, slow, bad }); fast = slow = 0
let seed = Number(process.argv[2] ?? 1); const rnd = () => { seed = (seed * 1664525 + 1013904223) >>> 0; return seed / 4294967296 }; const pick = (a: any) => a[Math.floor(rnd() * a.length)]
const vals = ["1", "a", "a b", "'q'", "\"d\"", "''", "\"\"", "'it''s'", "[a, b]", "[1,2]", "[ a , -1 ]", "[]", "{}", "{ }", "yes", "~", "null", "", "", "1e-3", "-x", "- x", "-", "${a}", "${a: b}", "${oc.env:X,y}", "a#b", "a # c", "# c", "'x' # c", "'x'#c", "x:y", "x: y", "x:", "<<", "=", "???", ".5", "+1", "@x", "%x", "*a", "&a b", "!t x", "|", ">", "a\\b", "\"a\\nb\"", "é", "  ", "[a,]", "[a b, c-d]", "[a: b]", "http://x/y:80", "(x)", "1:30", "2024-01-01", "~x", "<x", "\\x", "^a", ";", "...", "---", "[a # b]", "'a' b", "{a: 1}", "? x", "/abs/path", "a,b", "a]", "a}"]
const keys = ["a", "b", "c", "key_1", "a.b", "override x", "/g@p", "on", "null", "a b", "x-y", "_self_", "1", "'k'", "a ", "?", "true", "~", "optional /db@x.y"]
const gen = (d: number, ind: number): string => { let o = ""; const p = " ".repeat(ind); for (let i = 0; i < 1 + rnd() * 4; i++) { const r = rnd(); const k = pick(keys) + (rnd() < 0.6 ? i : "")
  if (r < 0.5) o += `${p}${k}: ${pick(vals)}${rnd() < 0.1 ? " " : ""}${rnd() < 0.1 ? "   # cc" : ""}\n`; else if (r < 0.6) o += `${p}${k}:\n`; else if (r < 0.75 && d < 4) o += `${p}${k}:\n${gen(d + 1, ind + pick([0, 1, 2, 2, 4]))}`; else if (r < 0.85) { for (let j = 0; j < 1 + rnd() * 3; j++) o += `${p}${rnd() < 0.2 ? "" : ""}- ${rnd() < 0.5 ? pick(vals) : `${k}: ${pick(vals)}\n${p}  z: ${pick(vals)}`}\n` } else if (r < 0.9) o += `${p}# comment\n`; else if (r < 0.93) o += "\n"; else o += `${p}${k}:\n${p}${pick(["", "  "])}- ${pick(vals)}\n${p}${pick(["", "  "])}- w: ${pick(vals)}\n` } return o }
const mut = (t: string) => { if (rnd() < 0.5) return t; const a = [...t]; const p = Math.floor(rnd() * a.length); if (rnd() < 0.5) a.splice(p, 1); else a.splice(p, 0, pick([..." \n:-#'\"[]{},a?"])); return a.join("") }
for (let i = 0; i < 200000; i++) check(mut(gen(0, 0)))
console.log("random", { fast, slow, bad })
