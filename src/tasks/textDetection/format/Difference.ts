/** What got lost between two versions of the same annotations, counted. */
import type { Loss, Writable } from "./Format.ts"
import { DO_NOT_CARE } from "./Format.ts"

type Mark = Writable["marks"][number]

/** A picture as it was read back; its size may not be said. */
export interface ReadBack {
  readonly picture: string
  readonly hasSize: boolean
  readonly marks: ReadonlyArray<Mark>
}

/** How many pictures or regions each loss concerns. */
export type Counts = ReadonlyMap<Loss, number>

const isIllegible = ({ illegible, transcription }: Mark): boolean =>
  illegible === true || transcription === DO_NOT_CARE

/** `###` is no text. */
const textOf = ({ transcription }: Mark): string | undefined =>
  transcription === DO_NOT_CARE ? undefined : transcription

const flat = (text: string | undefined): string => (text ?? "").replaceAll(/\r\n|[\r\n]/g, " ")

const textLoss = (before: Mark, after: Mark): ReadonlyArray<Loss> => {
  const [was, is] = [textOf(before), textOf(after)]
  if (was === is) return []
  if ((was ?? "") === (is ?? "")) return ["empty text"]
  if (isIllegible(before)) return ["illegible text"]
  return flat(was) === flat(is) ? ["line ends"] : ["transcription"]
}

const shapeLoss = (before: Mark, after: Mark): ReadonlyArray<Loss> => {
  if (before.points.length !== after.points.length) return ["shape"]
  const numbers = after.points.flat()
  const most = before.points
    .flat()
    .reduce((most, value, i) => Math.max(most, Math.abs(value - (numbers[i] ?? 0))), 0)
  if (most === 0) return []
  // What is rounded is still where it was.
  return most <= 1 ? ["coordinates"] : ["shape"]
}

const markLosses = (before: Mark, after: Mark | undefined): ReadonlyArray<Loss> => {
  if (after === undefined) return ["shape"]
  return [
    ...shapeLoss(before, after),
    ...textLoss(before, after),
    ...(isIllegible(before) === isIllegible(after) ? [] : (["illegible"] as const)),
    ...(before.id === after.id ? [] : (["id"] as const))
  ]
}

const pictureLosses = (before: Writable, after: ReadBack | undefined): ReadonlyArray<Loss> => {
  if (after === undefined)
    return before.marks.length === 0 ? ["empty picture"] : before.marks.map(() => "shape")
  return [
    ...(after.hasSize ? [] : (["size"] as const)),
    ...before.marks.flatMap((mark, i) => markLosses(mark, after.marks[i]))
  ]
}

/** What of `before` is not in `after`. */
export const between = (before: ReadonlyArray<Writable>, after: ReadonlyArray<ReadBack>): Counts => {
  const byName = new Map(after.map((one) => [one.picture, one]))
  const counts = new Map<Loss, number>()
  for (const one of before) {
    for (const loss of pictureLosses(one, byName.get(one.picture))) {
      counts.set(loss, (counts.get(loss) ?? 0) + 1)
    }
  }
  return counts
}

/** Each loss as a sentence's end: "the sizes of 3 pictures". */
export const WORDS: { readonly [loss in Loss]: (count: string) => string } = {
  size: (count) => `sizes of pictures, which the pictures have anyway (${count})`,
  id: (count) => `names of regions: they are numbered (${count})`,
  coordinates: (count) => `fractions of pixels (${count} regions)`,
  shape: (count) => `corners (${count} regions)`,
  transcription: (count) => `texts (${count} regions)`,
  "illegible text": (count) => `texts of illegible regions (${count})`,
  illegible: (count) => `that regions are illegible (${count})`,
  "empty text": (count) => `whether a text is empty or unknown (${count} regions)`,
  "line ends": (count) => `line ends in texts (${count} regions)`,
  "empty picture": (count) => `pictures without regions (${count})`
}
