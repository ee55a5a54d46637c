/** Pictures and their boxes in Weights & Biases' format: files, and values that refer to them. Pure. */
import { createHash } from "node:crypto"
import type { SpooledEntry, SpooledImage, SpooledTable } from "../spool/Entry.ts"

/** One set of boxes, in the file that the picture's value refers to. */
interface BoxFile {
  readonly set: string
  /** Relative to the run's files. */
  readonly name: string
  readonly text: string
  readonly sha256: string
}

type Boxes = NonNullable<SpooledImage["boxes"]>[string]

const boxText = ({ width, height }: SpooledImage, boxes: Boxes): string => {
  const labels = [...new Set(boxes.map(({ label }) => label))].sort()
  return JSON.stringify({
    box_data: boxes.map(({ minX, minY, maxX, maxY, label, score }) => ({
      // Fractions of the picture, which is their default domain.
      position: { minX: minX / width, maxX: maxX / width, minY: minY / height, maxY: maxY / height },
      class_id: labels.indexOf(label),
      box_caption: score === undefined ? label : `${label} ${score.toFixed(2)}`,
      ...(score === undefined ? {} : { scores: { score } })
    })),
    class_labels: Object.fromEntries(labels.map((label, id) => [id, label]))
  })
}

/** The files of the boxes on a picture. */
const boxFiles = (image: SpooledImage): ReadonlyArray<BoxFile> =>
  Object.entries(image.boxes ?? {}).map(([set, boxes]) => {
    const text = boxText(image, boxes)
    const sha256 = createHash("sha256").update(text).digest("hex")
    const stem = image.file.replace(/^media\/images\//, "").replace(/_[0-9a-f]{20}\.png$/, "")
    return { set, name: `media/metadata/boxes2D/${stem}_${sha256.slice(0, 20)}.boxes2D.json`, text, sha256 }
  })

export interface MediaFile {
  /** Relative to the run's files. */
  readonly name: string
  readonly text: string
}

interface TableFile extends MediaFile {
  readonly sha256: string
}

const tableFile = ({ name, step, table }: SpooledTable): TableFile => {
  const text = JSON.stringify({ columns: table.columns, data: table.rows })
  const sha256 = createHash("sha256").update(text).digest("hex")
  const safe = name.replaceAll(/[^A-Za-z0-9_./-]/g, "_").replaceAll("..", "_")
  return { name: `media/table/${safe}_${step}_${sha256.slice(0, 20)}.table.json`, text, sha256 }
}

/** The value of a table in a row. */
export const tableValue = (entry: SpooledTable) => {
  const { name, text, sha256 } = tableFile(entry)
  return {
    _type: "table-file",
    log_mode: "IMMUTABLE",
    path: name,
    sha256,
    size: Buffer.byteLength(text),
    ncols: entry.table.columns.length,
    nrows: entry.table.rows.length
  }
}

/** Text files for entries: the boxes of pictures, and tables. */
export const textFiles = (entries: ReadonlyArray<SpooledEntry>): ReadonlyArray<MediaFile> =>
  entries.flatMap((entry): ReadonlyArray<MediaFile> => {
    if (entry._tag === "Image") return boxFiles(entry)
    return entry._tag === "Table" ? [tableFile(entry)] : []
  })

/** The value of a picture in a row. */
export const imageValue = (image: SpooledImage) => {
  const boxes = boxFiles(image).map(({ set, name, text, sha256 }) => [
    set,
    { _type: "boxes2D", sha256, size: Buffer.byteLength(text), path: name }
  ])
  return {
    _type: "image-file",
    path: image.file,
    sha256: image.sha256,
    size: image.bytes,
    format: "png",
    width: image.width,
    height: image.height,
    ...(image.caption === undefined ? {} : { caption: image.caption }),
    ...(boxes.length === 0 ? {} : { boxes: Object.fromEntries(boxes) })
  }
}
