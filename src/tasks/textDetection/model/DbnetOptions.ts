/** Sizes of the detector's net, and what follows from them before it is made. */
import { Effect, Schema } from "effect"
import type { Mode } from "../../../pipeline/nn/Pass.ts"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4096 }))
/**
 * Each stage halves the resolution, and both sides of an input are multiples of 2 to the power of their number plus
 * one.
 */
const Stages = Schema.NonEmptyArray(Count).check(Schema.isMaxLength(8))

/** About 0.30 million parameters; for real receipts. */
export const dbnet = { stem: 16, widths: [32, 48, 64, 96] as const, blocks: 1, neck: 48, head: 48 }

/** Sizes of the net; left out, they are those of `dbnet`. Channels are fastest in multiples of 8. */
export const DbnetOptions = Schema.Struct({
  /** Channels of the first convolution, at 1/2 of the input. */
  stem: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.stem))),
  /** Channels of the encoder's stages, at 1/4, 1/8, … of the input. */
  widths: Stages.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.widths))),
  /** Residual blocks in each stage. */
  blocks: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.blocks))),
  /** Channels of the feature pyramid. */
  neck: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.neck))),
  /** Channels of the head's hidden layer. */
  head: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(dbnet.head)))
})
export type DbnetOptions = typeof DbnetOptions.Type

/** About 0.08 million parameters, half the time; for a first look at synthetic receipts. */
export const dbnetTiny: DbnetOptions = { stem: 8, widths: [16, 24, 32, 48], blocks: 1, neck: 24, head: 24 }

/** Both sides of every input are multiples of this, in pixels. */
export const multipleOf = ({ widths }: Pick<DbnetOptions, "widths">): number => 2 ** (widths.length + 1)

/**
 * Memory per pixel of an input, in bytes, of everything that a pass holds at the same time. The part that depends on
 * the net counts its channels at their resolutions; the factors were measured on the wasm engine.
 */
export const bytesPerPixel = (options: DbnetOptions, mode: Mode): number => {
  const encoder = options.widths.reduce((sum, width, i) => sum + (width * options.blocks) / 4 ** (i + 2), 0)
  const rest = options.stem / 4 + (options.neck * 4) / 3 / 16 + options.head / 16
  return mode === "train" ? 260 + 26 * (encoder + rest) : 90 + 10 * (encoder + rest)
}
