/** What is kept of decoded samples: the keys `cache`, `cache_bytes` and `cache_dir` of a plan's data. */
import * as Schema from "effect/Schema"
import { atMost } from "../internal/Numbers.ts"
import { field } from "./PlanField.ts"

export const fields = {
  cache: field(
    Schema.Literals(["none", "memory", "disk"]),
    "memory",
    "Where decoded and resized pictures are kept: memory, which all workers share, until the run ends; disk, which runs share; none."
  ),
  cache_bytes: field(
    Schema.NullOr(atMost(2 ** 40, 2 ** 20)),
    null,
    "Most bytes kept there; null: 512 MiB in memory, 10 GiB on disk."
  ),
  cache_dir: field(
    Schema.NonEmptyString,
    ".anneal/cache",
    "Folder for cache=disk, which makes the folder samples in it."
  )
}
