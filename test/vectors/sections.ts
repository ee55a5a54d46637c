/** The adapters, one for each section of the vectors. */
import { section as parse } from "./sections/parse.ts"
import { section as sweep } from "./sections/sweep.ts"

export const sections = [parse, sweep]
