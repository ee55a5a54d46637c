/** The transforms that a plan can name, as Schemas, and the steps that they stand for. */
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Schema from "effect/Schema"
import { Fraction } from "../../internal/Numbers.ts"
import { field } from "../../plan/PlanField.ts"
import type { DataError } from "../../task/Dataset.ts"
import type { Transform } from "../Transform.ts"
import type { Step } from "../Transforms.ts"
import * as Blur from "./Blur.ts"
import * as Colour from "./Colour.ts"
import * as CopyPaste from "./CopyPaste.ts"
import * as Crop from "./Crop.ts"
import * as Custom from "./Custom.ts"
import * as Cutout from "./Cutout.ts"
import * as Elastic from "./Elastic.ts"
import * as Flip from "./Flip.ts"
import * as Jpeg from "./Jpeg.ts"
import * as Noise from "./Noise.ts"
import * as Pad from "./Pad.ts"
import * as Perspective from "./Perspective.ts"
import * as Resize from "./Resize.ts"
import * as ResizedCrop from "./ResizedCrop.ts"
import * as Rotate from "./Rotate.ts"
import * as Shading from "./Shading.ts"
import type { Target } from "./Target.ts"

/** A kind with its probability, which all of them have. */
export const chosen = <F extends Schema.Struct.Fields>(kind: Schema.Struct<F>, p = 1) =>
  Schema.Struct({ ...kind.fields, p: field(Fraction, p, "Probability that it is applied.") })

const perspective = chosen(Perspective.Perspective)
const elastic = chosen(Elastic.Elastic)
const flip = chosen(Flip.Flip, 0.5)
const colour = chosen(Colour.Colour)
const blur = chosen(Blur.Blur)
const noise = chosen(Noise.Noise)
const jpeg = chosen(Jpeg.Jpeg)
const shading = chosen(Shading.Shading)
const cutout = chosen(Cutout.Cutout)
const custom = chosen(Custom.Custom)

const usual = [perspective, elastic, flip, colour, blur, noise, jpeg, shading, cutout, custom] as const

/** For pictures with regions: a sample has any size on its way, and ends as the net's input. */
export const ofRegions = [
  chosen(Resize.Resize),
  chosen(Pad.Pad),
  chosen(Crop.Crop),
  chosen(Rotate.schema(true)),
  chosen(CopyPaste.CopyPaste),
  ...usual
] as const

/** For pictures with a class: a sample is the net's input from the first on. */
export const ofClasses = [chosen(ResizedCrop.ResizedCrop), chosen(Rotate.schema(false)), ...usual] as const

export type Kind = (typeof ofRegions)[number]["Type"] | (typeof ofClasses)[number]["Type"]

const transformOf = (kind: Exclude<Kind, typeof Custom.Custom.Type>, target: Target): Transform =>
  Match.value(kind).pipe(
    Match.discriminatorsExhaustive("kind")({
      resize: (one) => Resize.make(one, target),
      pad: (one) => Pad.make(one, target),
      crop: (one) => Crop.make(one, target),
      resized_crop: ResizedCrop.make,
      rotate: Rotate.make,
      perspective: Perspective.make,
      elastic: Elastic.make,
      flip: Flip.make,
      colour: Colour.make,
      blur: Blur.make,
      noise: Noise.make,
      jpeg: Jpeg.make,
      shading: Shading.make,
      cutout: (one) => Cutout.make(one, target),
      copy_paste: CopyPaste.make
    })
  )

/** The step of a kind; a module of the user's own is imported. */
export const step = (kind: Kind, target: Target): Effect.Effect<Step, DataError> =>
  kind.kind === "custom"
    ? Effect.map(Custom.load(kind), (transform) => ({
        name: `custom ${kind.module}`,
        p: kind.p,
        transform
      }))
    : Effect.succeed({
        name: kind.kind,
        p: kind.p,
        another: kind.kind === "copy_paste",
        transform: transformOf(kind, target)
      })
