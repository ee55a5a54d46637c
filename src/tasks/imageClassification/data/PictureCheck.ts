/** Pictures in files of their own against their files: each there, of a format that is read, whole. */
import * as Effect from "effect/Effect"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import { ImageCodec, placeOf } from "../../../pipeline/picture/Images.ts"
import type { Entry } from "./Catalogue.ts"
import type { Problem } from "./Problems.ts"

/** A sample that somebody listed. */
export interface Candidate {
  /** Unique in its set, for people. */
  readonly name: string
  /** Absolute. */
  readonly path: string
  readonly label: number
  /** Where it is listed; absent where its file is the place. */
  readonly where?: string | undefined
}

export interface Checked {
  readonly entries: ReadonlyArray<Entry>
  readonly problems: ReadonlyArray<Problem>
  /** Pictures with several pages of which none is named. */
  readonly paged: ReadonlyArray<Problem>
}

/** Looked at at once. */
const concurrency = 8

/** A small copy still makes the decoder read every byte, in half the time. */
const SMALL = 64

const look = Effect.fnUntraced(function* ({ name, path, label, where }: Candidate, whole: boolean) {
  const bad = (text: string): Checked => ({
    entries: [],
    paged: [],
    problems: [{ where: where ?? path, text: where === undefined ? text : `${text} (${path})` }]
  })
  if (Formats.isForeign(path)) return bad("its format is not supported")
  const codec = yield* ImageCodec
  const probed = whole
    ? Effect.andThen(codec.read(path, { maxSide: SMALL }), codec.probe(path))
    : codec.probe(path)
  return yield* probed.pipe(
    Effect.map(
      ({ width, height, pages }): Checked => ({
        entries: [{ name, path, label, size: { width, height } }],
        problems: [],
        paged:
          pages === undefined || placeOf(path).file !== path
            ? []
            : [{ where: where ?? path, text: `it has ${pages}` }]
      })
    ),
    Effect.catch((error) => Effect.succeed(bad(error.problem)))
  )
})

/** Looks at every picture's header, and with `whole` at all of it. */
export const check = Effect.fn("PictureCheck.check")(function* (
  candidates: ReadonlyArray<Candidate>,
  whole: boolean
): Effect.fn.Return<Checked, never, ImageCodec> {
  const seen = yield* Effect.forEach(candidates, (candidate) => look(candidate, whole), { concurrency })
  return {
    entries: seen.flatMap(({ entries }) => entries),
    problems: seen.flatMap(({ problems }) => problems),
    paged: seen.flatMap(({ paged }) => paged)
  }
})
