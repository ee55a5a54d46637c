/** The formats that come along, the most telling first: the order in which they are looked for. */

import * as AltoXml from "./AltoXml.ts"
import * as Anneal from "./Anneal.ts"
import * as Coco from "./Coco.ts"
import * as CocoText from "./CocoText.ts"
import * as Csv from "./Csv.ts"
import * as DocTr from "./DocTr.ts"
import type { Format } from "./Format.ts"
import * as Icdar from "./Icdar.ts"
import * as LabelMe from "./LabelMe.ts"
import * as LabelStudio from "./LabelStudio.ts"
import { names } from "./Names.ts"
import * as PaddleOcr from "./PaddleOcr.ts"
import * as PageXml from "./PageXml.ts"
import * as Sroie from "./Sroie.ts"

export const byName: { readonly [name in (typeof names)[number]]: Format } = {
  anneal: Anneal.anneal,
  coco: Coco.coco,
  coco_text: CocoText.cocoText,
  labelstudio: LabelStudio.labelStudio,
  doctr: DocTr.docTr,
  paddleocr: PaddleOcr.paddleOcr,
  labelme: LabelMe.labelMe,
  page: PageXml.page,
  page_lines: PageXml.pageLines,
  alto: AltoXml.alto,
  alto_lines: AltoXml.altoLines,
  icdar: Icdar.icdar,
  sroie: Sroie.sroie,
  csv: Csv.csv
}

export const all: ReadonlyArray<Format> = names.map((name) => byName[name])

/** Those that are looked for; the others read the same files in another way. */
export const looked: ReadonlyArray<Format> = all.filter(({ name }) => !name.endsWith("_lines"))
