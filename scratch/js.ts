import * as fs from "node:fs"
import * as EditorSchema from "../src/config/EditorSchema.ts"
import { TrainPlan } from "../src/runs/Plans.ts"
import { createRequire } from "node:module"
const require = createRequire("/tmp/ajv/x.js")
const Ajv = require("ajv/dist/2020").default
const YAML = require("/work/main/node_modules/yaml")
const ajv = new Ajv({ strict: false, allErrors: true })
const p = EditorSchema.primary(TrainPlan, "train")
console.log(JSON.stringify(EditorSchema.option(TrainPlan, "optimizer", "optimizer"), null, 1).slice(0, 2500))
const v = ajv.compile(p)
for (const f of ["train"]) console.log(f, v(YAML.parse(fs.readFileSync(`configs/${f}.yaml`, "utf8"))), JSON.stringify(v.errors)?.slice(0, 600))
for (const g of fs.readdirSync("configs", { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name)) { const s = EditorSchema.option(TrainPlan, g, g); if (!s) { console.log(g, "NONE"); continue } const vv = ajv.compile(s); for (const f of fs.readdirSync(`configs/${g}`)) console.log(g, f, vv(YAML.parse(fs.readFileSync(`configs/${g}/${f}`, "utf8"))), JSON.stringify(vv.errors?.slice(0, 3))?.slice(0, 500)) }
console.log(ajv.compile(EditorSchema.option(TrainPlan, "optimizer", "o")!)({ kind: "adam", lrr: 1 }))
