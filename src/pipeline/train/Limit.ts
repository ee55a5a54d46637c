/** How much of a data set to use: a number of batches or a fraction of them, as Lightning's `limit_*_batches`. */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/** A number of batches, from 0; or a fraction of all, in [0, 1]. */
export type Limit = number | { readonly fraction: number }

export const all: Limit = { fraction: 1 }

/** How many of `length` batches `limit` allows; a fraction above 0 allows at least one. */
export const batches = (length: number, limit: Limit = all): number => {
  if (typeof limit === "number") return Math.min(length, limit)
  return limit.fraction === 0 ? 0 : Math.min(length, Math.max(1, Math.floor(length * limit.fraction)))
}

/** Whether the limit allows any batch. */
export const isSome = (limit: Limit): boolean => (typeof limit === "number" ? limit : limit.fraction) > 0

/** The limit as a plan writes it: `3` batches, `0.5` of them, `1.0` for all of them. */
export const text = (limit: Limit): string => {
  if (typeof limit === "number") return String(limit)
  return Number.isInteger(limit.fraction) ? limit.fraction.toFixed(1) : String(limit.fraction)
}

const Value = Schema.Union([
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.Struct({ fraction: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })) })
])

const countOrFraction = Schema.makeFilter<number>(
  (given) => given >= 0 && (Number.isInteger(given) || given < 1),
  { expected: "a number of batches such as 3, or a fraction of them from 0.0 to 1.0" }
)

/**
 * A limit in a plan: a whole number counts batches, and a number with a decimal point is a fraction up to `1.0`. JSON
 * cannot distinguish the numbers 1.0 and 1, so there the fraction is the text "1.0".
 */
export const Plan = Schema.Union([Schema.Literal("1.0"), Schema.Finite.check(countOrFraction)]).pipe(
  Schema.decodeTo(
    Value,
    SchemaTransformation.transform<Limit, "1.0" | number>({
      decode: (given) => {
        if (given === "1.0") return all
        return Number.isInteger(given) ? given : { fraction: given }
      },
      encode: (limit) => {
        if (typeof limit === "number") return limit
        return limit.fraction === 1 ? "1.0" : limit.fraction
      }
    })
  )
)
