/** What a task shows of its data to `anneal data inspect`: samples, what is wrong with them, and numbers about them. */
import type * as Effect from "effect/Effect"
import type { RgbImage } from "../picture/Images.ts"
import type { Part } from "../split/Split.ts"
import type { DataError } from "../task/Dataset.ts"

/** Corners in order, pixels of the upright picture. */
export type Outline = ReadonlyArray<readonly [x: number, y: number]>

export interface Sample {
  readonly name: string
  /** Where it is: a file, or a file and a place in it. */
  readonly where: string
  /** Duplicates in two parts are leaks. */
  readonly part: Part
  /** Reads it where it is no picture in a file of its own; then its bytes are those of its pixels. */
  readonly read?: Effect.Effect<RgbImage, DataError> | undefined
  /** Below its picture, such as its class. */
  readonly caption?: string | undefined
  /** Drawn on its picture. */
  readonly outlines?: ReadonlyArray<Outline> | undefined
}

export interface Problem {
  /** A path, or a path with line and column. */
  readonly where: string
  /** In a word or two, such as `unreadable`: problems of a kind are counted together. */
  readonly kind: string
  readonly text: string
}

/** Numbers of which quantiles and a histogram are shown. */
export interface Distribution {
  readonly name: string
  /** Such as `px`; empty for plain numbers. */
  readonly unit: string
  readonly values: ReadonlyArray<number>
}

/** How often what occurs, such as classes. */
export interface Tally {
  readonly name: string
  readonly counts: ReadonlyArray<readonly [what: string, count: number]>
}

export interface Subject {
  /** The folder or file of the data. */
  readonly where: string
  readonly samples: ReadonlyArray<Sample>
  /** What a training would refuse or leave out. */
  readonly problems: ReadonlyArray<Problem>
  /** What may be meant: a picture without a region, a polygon that was clipped. */
  readonly notes: ReadonlyArray<Problem>
  readonly distributions: ReadonlyArray<Distribution>
  readonly tallies: ReadonlyArray<Tally>
}
