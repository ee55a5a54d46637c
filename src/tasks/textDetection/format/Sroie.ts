/**
 * SROIE's boxes (ICDAR 2019), `X510.txt` for `X510.jpg`: `x1,y1,x2,y2,x3,y3,x4,y4,text` in each line.
 *
 * https://rrc.cvc.uab.es/?ch=13&com=tasks
 */
import * as Effect from "effect/Effect"
import * as Format from "./Format.ts"
import { icdar } from "./Icdar.ts"
import * as TextLines from "./TextLines.ts"

export const sroie: Format.Format = {
  name: "sroie",
  title: "SROIE's box files",
  files: /(?:^|\/)(?!gt_)[^/]*\.txt$/i,
  perPicture: true,
  recognises: ({ text }) => TextLines.recognises(text),
  loses: icdar.loses,
  read: (source, name) =>
    Effect.map(TextLines.read(source), (marks) => [{ picture: Format.stem(name), marks, at: 0 }]),
  write: (pictures) =>
    pictures.map(({ picture, marks }) => ({
      name: `box/${Format.beside(picture, "", ".txt")}`,
      text: marks.map((mark) => `${TextLines.line(mark)}\n`).join("")
    }))
}
