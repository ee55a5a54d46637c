/** The names of formats, and of modules that export one; apart, as a plan needs no reader. */
export const names = [
  "anneal",
  "coco",
  "coco_text",
  "labelstudio",
  "doctr",
  "paddleocr",
  "labelme",
  "page",
  "page_lines",
  "alto",
  "alto_lines",
  "icdar",
  "sroie",
  "csv"
] as const

/** What the name of a module ends with. */
export const moduleEnds = ["ts", "mts", "js", "mjs"] as const

/** The path of a module of the user's own. */
export type ModulePath = `${string}.${(typeof moduleEnds)[number]}`

/** A name that is known, or a module. */
export type Named<N extends string> = N | ModulePath

export const isModule = (named: string): named is ModulePath =>
  moduleEnds.some((end) => named.endsWith(`.${end}`))
