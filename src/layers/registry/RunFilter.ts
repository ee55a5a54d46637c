/** Which runs are meant and in which order, as arguments of a command line: `status=done`, `val/hmean>=0.8`. */
import * as Result from "effect/Result"
import { RegistryError } from "./RunEntry.ts"

const operators = [">=", "<=", "!=", "=", ">", "<", "~"] as const
type Operator = (typeof operators)[number]

export interface Condition {
  /** A column, or a metric's name. */
  readonly key: string
  readonly operator: Operator
  readonly value: string
}

export interface Order {
  readonly key: string
  readonly descending: boolean
}

/** The columns of a run beside its metrics; any other name is a metric. */
export const columns: ReadonlyArray<string> = [
  "id",
  "path",
  "kind",
  "task",
  "experiment",
  "status",
  "started",
  "ended",
  "seconds",
  "seed",
  "steps",
  "engine",
  "commit"
]

/** A condition from `key<operator>value`; `~` is "contains". */
export const parse = (word: string): Result.Result<Condition, RegistryError> => {
  const at = [...word].findIndex((character) => "=<>!~".includes(character))
  const operator = operators.find((one) => word.startsWith(one, at))
  return at < 1 || operator === undefined
    ? Result.fail(
        new RegistryError({
          path: word,
          problem: "it is not a condition",
          cure: `Write <name><operator><value>, such as status=done or val/hmean>=0.8; operators are ${operators.join(" ")}`
        })
      )
    : Result.succeed({ key: word.slice(0, at), operator, value: word.slice(at + operator.length) })
}

/** An order from `key` or `-key`, the minus for greatest first. */
export const parseOrder = (word: string): Order =>
  word.startsWith("-") ? { key: word.slice(1), descending: true } : { key: word, descending: false }

export interface Sql {
  readonly text: string
  readonly parameters: ReadonlyArray<string | number>
}

/** A column by name, a metric by its path in the JSON; names are bound, never spliced. */
const operand = (key: string): Sql =>
  columns.includes(key)
    ? { text: `"${key}"`, parameters: [] }
    : { text: "json_extract(metrics, ?)", parameters: [`$."${key.replaceAll('"', "")}"`] }

const numeric = (value: string): string | number =>
  value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value

const conditionSql = ({ key, operator, value }: Condition): Sql => {
  const left = operand(key)
  if (operator === "~") {
    return { text: `instr(${left.text}, ?) > 0`, parameters: [...left.parameters, value] }
  }
  return { text: `${left.text} ${operator} ?`, parameters: [...left.parameters, numeric(value)] }
}

/** `WHERE` for all conditions together; empty without any. */
export const where = (conditions: ReadonlyArray<Condition>): Sql => {
  const parts = conditions.map(conditionSql)
  return {
    text: parts.length === 0 ? "" : `WHERE ${parts.map(({ text }) => text).join(" AND ")}`,
    parameters: parts.flatMap(({ parameters }) => parameters)
  }
}

/** `ORDER BY`, runs without the value last, equal ones newest first. */
export const orderBy = ({ key, descending }: Order): Sql => {
  const { text, parameters } = operand(key)
  return { text: `ORDER BY ${text} ${descending ? "DESC" : "ASC"} NULLS LAST, started DESC`, parameters }
}
