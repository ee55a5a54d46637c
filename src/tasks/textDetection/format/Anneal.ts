/** Our own layout: `annotations.json`, with `images/` beside it. It says everything. */

import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Annotations from "../data/Annotations.ts"
import * as AnnotationText from "../data/AnnotationText.ts"
import type * as Format from "./Format.ts"
import { numbered } from "./Reading.ts"

const isOurs = (json: unknown): boolean =>
  Predicate.isObject(json) && Predicate.isObject(json["images"]) && !Array.isArray(json["images"])

export const anneal: Format.Format = {
  name: "anneal",
  title: "annotations.json in the layout of Anneal",
  files: /(?:^|\/)annotations\.json$/,
  recognises: ({ json }) => isOurs(json),
  loses: [],
  read: (source) =>
    Effect.map(Annotations.decode(source.file, source.text), ({ images }) =>
      Object.entries(images).map(([picture, { img_w, img_h, words }]) => ({
        picture,
        ...(img_w === undefined || img_h === undefined ? {} : { size: { width: img_w, height: img_h } }),
        marks: Object.entries(words ?? {}).map(([id, word]) => ({
          id,
          points: word.points,
          ...(typeof word.transcription === "string" ? { transcription: word.transcription } : {}),
          ...(word.illegibility === true ? { illegible: true } : {}),
          at: ["images", picture, "words", id]
        })),
        at: ["images", picture]
      }))
    ),
  write: (pictures) => [
    {
      name: "annotations.json",
      text: AnnotationText.encode(
        {
          images: Object.fromEntries(
            pictures.map(({ picture, width, height, marks }) => [
              picture,
              {
                img_w: width,
                img_h: height,
                words: Object.fromEntries(
                  marks.map(({ id, points, transcription, illegible }, i) => [
                    id ?? numbered(i),
                    {
                      points,
                      ...(transcription === undefined ? {} : { transcription }),
                      ...(illegible === true ? { illegibility: true } : {})
                    }
                  ])
                )
              }
            ])
          )
        },
        { decimals: "all" }
      )
    }
  ]
}
