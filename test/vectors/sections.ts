/** The adapters, one for each section of the vectors. */
import { section as cli } from "./sections/cli.ts"
import { section as complete } from "./sections/complete.ts"
import { section as compose } from "./sections/compose.ts"
import { section as interp } from "./sections/interp.ts"
import { section as merge } from "./sections/merge.ts"
import { section as parse } from "./sections/parse.ts"
import { section as resolve } from "./sections/resolve.ts"
import { section as sweep } from "./sections/sweep.ts"
import { section as toYaml } from "./sections/toYaml.ts"
import { section as typed } from "./sections/typed.ts"

export const sections = [parse, sweep, compose, complete, interp, resolve, typed, merge, toYaml, cli]
