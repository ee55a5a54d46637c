/** Spans of time as plans write them: `DD:HH:MM:SS`, named units, or a number of seconds. */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** Seconds in each unit, by the names of Python's timedelta. */
const secondsIn = new Map([
  ["weeks", 604_800],
  ["days", 86_400],
  ["hours", 3600],
  ["minutes", 60],
  ["seconds", 1],
  ["milliseconds", 0.001]
])

const unit = Schema.optionalKey(Schema.Finite)

const Units = Schema.Struct({
  weeks: unit,
  days: unit,
  hours: unit,
  minutes: unit,
  seconds: unit,
  milliseconds: unit
})
type Units = typeof Units.Type

const pattern = /^\d+:([01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d$/

const Clock = Schema.String.check(
  Schema.isPattern(pattern, { expected: 'a span of time such as "00:12:00:00", days:hours:minutes:seconds' })
)

const ofClock = (text: string): number => {
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number)
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds
}

const ofUnits = (given: Units): number =>
  Object.entries(given).reduce((sum, [name, value]) => sum + value * (secondsIn.get(name) ?? 0), 0)

const secondsOf = (given: string | number | Units): number => {
  if (typeof given === "number") return given
  return typeof given === "string" ? ofClock(given) : ofUnits(given)
}

/**
 * Decodes to seconds, above 0. YAML 1.1 reads an unquoted `10:12:00:00` as a number in base 60: quote it, or begin it
 * with a 0.
 */
export const Plan = Schema.Union([Schema.Finite, Clock, Units]).pipe(
  Schema.decodeTo(
    Schema.Finite.check(Schema.isGreaterThan(0)),
    SchemaTransformation.transform<number, string | number | Units>({
      decode: secondsOf,
      encode: (seconds) => seconds
    })
  )
)
