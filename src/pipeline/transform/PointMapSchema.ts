/** Maps of the plane as a Schema, for those that are kept in files. */
import * as Schema from "effect/Schema"
import type { PointMap } from "./PointMap.ts"

const { Finite } = Schema

const Field = Schema.Struct({
  spacing: Finite,
  columns: Schema.Int,
  rows: Schema.Int,
  points: Schema.Array(Finite)
})

const Piece = Schema.Union([
  Schema.Tuple([Finite, Finite, Finite, Finite, Finite, Finite]),
  Schema.Tuple([Finite, Finite, Finite, Finite, Finite, Finite, Finite, Finite, Finite]),
  Schema.Struct({ x: Field, y: Field })
])

export const PointMapSchema: Schema.Codec<PointMap, unknown> = Schema.Union([
  Piece,
  Schema.Struct({ maps: Schema.Array(Piece) })
])
