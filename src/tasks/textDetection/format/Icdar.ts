/**
 * ICDAR's text files, `gt_img_1.txt` for `img_1.jpg`: Focused Scene Text 2013 (boxes), Incidental Scene Text 2015
 * (corners), MLT 2017 (corners and a script), and CTW1500's polygons.
 *
 * https://rrc.cvc.uab.es/?ch=4&com=tasks, https://rrc.cvc.uab.es/?ch=8&com=tasks
 */
import * as Effect from "effect/Effect"
import * as Format from "./Format.ts"
import { pictureStem } from "./Reading.ts"
import * as TextLines from "./TextLines.ts"

export const icdar: Format.Format = {
  name: "icdar",
  title: "ICDAR text files",
  files: /(?:^|\/)gt_[^/]*\.txt$/i,
  perPicture: true,
  recognises: ({ text }) => TextLines.recognises(text),
  loses: ["size", "id", "illegible text", "line ends", "empty text"],
  read: (source, name) =>
    Effect.map(TextLines.read(source), (marks) => [{ picture: pictureStem(name), marks, at: 0 }]),
  write: (pictures) =>
    pictures.map(({ picture, marks }) => ({
      name: `gt/${Format.beside(picture, "gt_", ".txt")}`,
      text: marks.map((mark) => `${TextLines.line(mark)}\n`).join("")
    }))
}
