import * as Schema from "effect/Schema"
import * as Exit from "effect/Exit"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Effect from "effect/Effect"
const Adam = Schema.Struct({ kind: Schema.tag("adam"), lr: Schema.Finite.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0.001))) })
const Sgd = Schema.Struct({ kind: Schema.tag("sgd"), lr: Schema.Finite, momentum: Schema.optionalKey(Schema.Finite) })
const S = Schema.Struct({ seed: Schema.Int.check(Schema.isGreaterThan(0)), opt: Schema.Union([Adam, Sgd]), name: Schema.NonEmptyString, l: Schema.Array(Schema.Int), m: Schema.NullOr(Schema.Struct({ a: Schema.Int })), mode: Schema.Literals(["min","max"]), r: Schema.Record(Schema.String, Schema.Int) })
const show = (i: any, d = 0): void => { console.log("  ".repeat(d) + i._tag, i.path ? JSON.stringify(i.path) : "", i.ast?._tag ?? "", "input" in i ? JSON.stringify(i.input)?.slice(0, 60) : "", i.annotations ? JSON.stringify(i.annotations) : ""); if (i.issue) show(i.issue, d + 1); for (const x of i.issues ?? []) show(x, d + 1) }
for (const v of [{ seed: -1.5, opt: { kind: "adam", lrr: 1 }, name: "", l: [1, "x"], m: { a: "q", b: 1 }, mode: "mni", r: {a: "x"} }, { seed: 1, opt: { kind: "adm" }, name: 3, l: {}, m: 3, zz: 1 }, { opt: { _target_: "torch.optim.Adam", lr: 1 } }, { opt: { kind: "sgd", _target_: "x" } }]) {
  const r = Schema.decodeUnknownExit(S)(v, { errors: "all", onExcessProperty: "error" }) as any
  console.log(Exit.isFailure(r)); 
  const e = r.cause.reasons[0].error; show(e.issue); console.log(String(e.message)); console.log(JSON.stringify(SchemaIssue.makeFormatterStandardSchemaV1()(e.issue)))
}
