/** Drawing with @napi-rs/canvas (Skia), which is loaded for the first surface; all fonts come from npm packages. */
import { createRequire } from "node:module"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  Canvas,
  CanvasError,
  FAMILIES,
  type Face,
  type Family,
  type Surface,
  type Typeface
} from "../../pipeline/picture/Canvas.ts"
import type { RgbImage } from "../../pipeline/picture/Images.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as Packages from "./Packages.ts"

type CanvasModule = typeof import("@napi-rs/canvas")

/** Package under @fontsource, and the weights used from it. */
const FONTS: { readonly [F in Family]: readonly [slug: string, ...weights: ReadonlyArray<number>] } = {
  "Courier Prime": ["courier-prime", 400, 700],
  Inconsolata: ["inconsolata", 400, 700],
  Inter: ["inter", 400, 700],
  "Roboto Condensed": ["roboto-condensed", 400, 700],
  "Roboto Mono": ["roboto-mono", 400, 700],
  "Source Serif 4": ["source-serif-4", 400, 700],
  VT323: ["vt323", 400]
}

/** Typefaces that are loaded when asked for: the package under @fontsource, and whether it has italics. */
const OLD: { readonly [F in Exclude<Typeface, Family>]: readonly [slug: string, italic: boolean] } = {
  "EB Garamond": ["eb-garamond", true],
  "IM Fell English": ["im-fell-english", true],
  "Old Standard TT": ["old-standard-tt", true],
  "Special Elite": ["special-elite", false],
  UnifrakturMaguntia: ["unifrakturmaguntia", false]
}

const MAX_SIDE = 16_384

const refused = (problem: string): Effect.Effect<never, CanvasError> =>
  Effect.flatMap(Packages.cure, (cure) => Effect.fail(new CanvasError({ problem, cure })))

const load: Effect.Effect<CanvasModule, CanvasError> = Effect.tryPromise({
  try: () => import("@napi-rs/canvas"),
  catch: (cause) => Thrown.said(cause).split("\n")[0]
}).pipe(Effect.catch((text) => refused(`the drawing library @napi-rs/canvas cannot be loaded: ${text}`)))

const missingFont = (file: string, why: string) => refused(`the font ${file} cannot be used: ${why}`)

interface FontFile {
  /** As fonts of CSS name it. */
  readonly name: string
  readonly file: string
  readonly weight: number
  readonly style: "normal" | "italic"
}

/** The package of a typeface, and the files of one script. */
const filesOf = ({ family, script, italic }: Face): ReadonlyArray<FontFile> => {
  const [slug, weights] = isOld(family) ? [OLD[family][0], [400]] : [FONTS[family][0], FONTS[family].slice(1)]
  const style = italic ? "italic" : "normal"
  return weights.flatMap((weight) =>
    typeof weight === "number"
      ? [
          {
            name: script === "latin" ? family : `${family} ${script}`,
            file: `@fontsource/${slug}/files/${slug}-${script}-${weight}-${style}.woff2`,
            weight,
            style
          }
        ]
      : []
  )
}

const isOld = (family: Typeface): family is Exclude<Typeface, Family> => family in OLD

const install = (file: string): string => {
  const [scope, name] = file.split("/")
  return `its package is not installed; npm install ${scope}/${name}`
}

/** Beside this module when it runs from source, and beside `dist/` when bundled: npm's own look-up finds the file. */
const require = createRequire(import.meta.url)

/** The threads of a process share their fonts: one that is known twice would be chosen now in one, now in the other. */
const isKnown = ({ GlobalFonts }: CanvasModule, { name, weight, style }: FontFile): boolean =>
  GlobalFonts.families.some(
    ({ family, styles }) =>
      family === name && styles.some((known) => known.weight === weight && known.style === style)
  )

const register = Effect.fnUntraced(function* (module: CanvasModule, font: FontFile) {
  const { name, file } = font
  if (isKnown(module, font)) return
  const path = yield* Effect.try({
    try: () => require.resolve(file),
    catch: () => install(file)
  }).pipe(Effect.catch((why) => missingFont(file, why)))
  // A registered name has precedence over an installed font of the same name, so system fonts make no difference.
  const key = module.GlobalFonts.registerFromPath(path, name)
  if (key === null) return yield* missingFont(path, "the file is damaged")
})

const registerAll = (module: CanvasModule, faces: ReadonlyArray<Face>) =>
  Effect.uninterruptible(
    Effect.forEach(faces.flatMap(filesOf), (font) => register(module, font), { discard: true })
  )

const open = Effect.gen(function* () {
  const module = yield* load
  yield* registerAll(
    module,
    FAMILIES.map((family) => ({ family, script: "latin", italic: false }))
  )
  return module
})

/** Surfaces start white, so that every pixel is opaque and alpha can be ignored. */
const toRgb = (rgba: Uint8ClampedArray): Uint8Array => {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0
    rgb[to + 1] = rgba[from + 1] ?? 0
    rgb[to + 2] = rgba[from + 2] ?? 0
  }
  return rgb
}

const toRgba = (rgb: Uint8Array): Uint8ClampedArray => {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255)
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0
    rgba[to + 1] = rgb[from + 1] ?? 0
    rgba[to + 2] = rgb[from + 2] ?? 0
  }
  return rgba
}

const fromRgb = (module: CanvasModule, image: RgbImage) => {
  const canvas = module.createCanvas(image.width, image.height)
  const pixels = new module.ImageData(toRgba(image.rgb), image.width, image.height)
  canvas.getContext("2d").putImageData(pixels, 0, 0)
  return canvas
}

const surface = (module: CanvasModule, width: number, height: number): Surface => {
  const canvas = module.createCanvas(width, height)
  const context = canvas.getContext("2d")
  context.fillStyle = "#ffffff"
  context.fillRect(0, 0, width, height)
  context.fillStyle = "#000000"
  // Otherwise the language of the host would choose glyph variants.
  context.lang = "en"
  return {
    width,
    height,
    context,
    put: (image, x, y, w = image.width, h = image.height) =>
      context.drawImage(fromRgb(module, image), x, y, w, h),
    rgb: () => toRgb(context.getImageData(0, 0, width, height).data)
  }
}

const impossible = (width: number, height: number) =>
  new CanvasError({
    problem: `a picture of ${width} x ${height} pixels cannot be drawn`,
    cure: `Each side must be a whole number from 1 to ${MAX_SIDE}.`
  })

const fits = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE

/** Nothing to release: surfaces are garbage-collected, fonts belong to the process. */
export const layer: Layer.Layer<Canvas> = Layer.effect(
  Canvas,
  Effect.gen(function* () {
    const opened = yield* Effect.cached(Effect.uninterruptible(open))
    return Canvas.of({
      load: (faces) => Effect.flatMap(opened, (module) => registerAll(module, faces)),
      create: (width, height) =>
        fits(width) && fits(height)
          ? Effect.map(opened, (module) => surface(module, width, height))
          : Effect.fail(impossible(width, height))
    })
  })
)
