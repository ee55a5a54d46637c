/** A sheet before a camera: what is drawn and photographed, and the regions that come of it. */
import type { Random } from "../../../pipeline/nn/Random.ts"
import type { Surface } from "../../../pipeline/picture/Canvas.ts"
import type { TextImage } from "../data/TextImage.ts"
import type { Box, Sheet } from "./layout/Sheet.ts"
import type { Level } from "./Names.ts"
import * as Camera from "./photo/Camera.ts"
import type { Conditions } from "./photo/Conditions.ts"
import * as Ink from "./photo/Ink.ts"
import * as Photo from "./photo/Photo.ts"
import * as Regions from "./Regions.ts"

export interface Scene {
  readonly sheet: Sheet
  readonly window: Ink.Window
  /** Where the paper ends, pixels of the window; infinite where it does not. */
  readonly paper: Box
  /** What the camera shows of the window's plane. */
  readonly frame: Box
  readonly how: Conditions
  readonly motion: Camera.Motion
  readonly curl?: Camera.Curl | undefined
}

/** A picture, and how its regions were found, so that they can be cut out. */
export interface Drawn {
  readonly image: TextImage
  readonly seen: ReadonlyArray<Regions.Seen>
  readonly view: Regions.View
}

/** What of the paper carries ink: up to its end, or to the end of what was printed around the window. */
const printable = ({ paper, window }: Scene, { width, height }: Conditions["light"]): Box => {
  const [x, y] = window.bleed
  return [
    Math.max(paper[0], -x),
    Math.max(paper[1], -y),
    Math.min(paper[2], width + x),
    Math.min(paper[3], height + y)
  ]
}

/** Draws on the surface, which is new and has the size of the picture and the window's bleed around it. */
export const draw = (random: Random, name: string, surface: Surface, scene: Scene, level: Level): Drawn => {
  const { sheet, window, how, paper, frame } = scene
  const { width, height } = how.light
  const map = Ink.make(random, surface, sheet, window)
  const camera = Camera.make(random, width, height, frame, scene.motion, scene.curl)
  const photo = Photo.make(random, map, camera, how, paper)
  const view: Regions.View = {
    camera,
    origin: [window.left, window.top],
    printed: printable(scene, how.light),
    covers: how.covers,
    width,
    height
  }
  const seen = Regions.inPicture(Regions.ofSheet(surface.context, sheet, level), view)
  return { image: { name, ...photo, regions: seen.map(({ region }) => region) }, seen, view }
}
