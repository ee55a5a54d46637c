/** Plans for tests, decoded as a run decodes them. */
import { Schema } from "effect"
import { ClassificationPlan } from "../../../src/tasks/imageClassification/ClassificationPlan.ts"

export const plan = (input: unknown): ClassificationPlan =>
  Schema.decodeUnknownSync(ClassificationPlan)(input)

/** For `Files.digits`: three classes of 4 × 4 pixels. */
export const digits = (root: string, data: object = {}, rest: object = {}): ClassificationPlan =>
  plan({
    data: {
      kind: "idx",
      root,
      classes: 3,
      height: 4,
      width: 4,
      batch_size: 4,
      val_batch_size: 5,
      workers: 0,
      ...data
    },
    model: { kind: "cnn", widths: [4], blocks: 1 },
    ...rest
  })

export const folder = (root: string, data: object = {}): ClassificationPlan =>
  plan({
    data: {
      kind: "folder",
      root,
      classes: 2,
      height: 8,
      width: 8,
      batch_size: 2,
      val_fraction: 0.25,
      workers: 0,
      ...data
    },
    model: { kind: "cnn", widths: [4], blocks: 1 }
  })

export const csv = (file: string, data: object = {}): ClassificationPlan =>
  plan({
    data: {
      kind: "csv",
      file,
      classes: 2,
      height: 8,
      width: 8,
      batch_size: 2,
      val_fraction: 0.25,
      workers: 0,
      ...data
    },
    model: { kind: "cnn", widths: [4], blocks: 1 }
  })
