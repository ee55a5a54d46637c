/** `anneal score` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as Arguments from "../Arguments.ts"

const shared = {
  gt: Flag.Path("gt", { mustExist: true }).pipe(
    Flag.withDescription("Zip archive or folder with the truth, a text file for each picture: gt_img_1.txt")
  ),
  pred: Flag.Path("pred", { mustExist: true }).pipe(
    Flag.withDescription("Zip archive or folder with the results: res_img_1.txt")
  ),
  boxType: Flag.Literals("box-type", BuiltIn.boxTypes).pipe(
    Flag.withDescription(
      "Numbers of a line: four corners, left,top,right,bottom, or a polygon; QUAD by default"
    ),
    Flag.withDefault("QUAD")
  ),
  endToEnd: Flag.Boolean("e2e").pipe(
    Flag.withDescription("Compare the texts too, which stand at the end of the lines"),
    Flag.withDefault(false)
  ),
  caseSensitive: Flag.Boolean("case-sensitive").pipe(
    Flag.withDescription("With --e2e, tell a from A; true by default"),
    Flag.withDefault(true)
  ),
  confidence: Flag.Boolean("confidence").pipe(
    Flag.withDescription("The lines of the results have a confidence after the numbers"),
    Flag.withDefault(false)
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print everything as JSON, each picture included"),
    Flag.withDefault(false)
  )
}

const cleval = Command.make(
  "cleval",
  {
    ...shared,
    splitPenalty: Flag.Finite("recall-penalty").pipe(
      Flag.withDescription("Characters lost for each further detection of a region; 1 by default"),
      Arguments.atLeast(0),
      Flag.withDefault(1)
    ),
    mergePenalty: Flag.Finite("precision-penalty").pipe(
      Flag.withDescription("Characters lost for each further region of a detection; 1 by default"),
      Arguments.atLeast(0),
      Flag.withDefault(1)
    ),
    areaPrecision: Flag.Finite("area-precision").pipe(
      Flag.withDescription("Least part of a detection on its regions; 0.3 by default"),
      Flag.filter(
        (value) => value >= 0 && value <= 1,
        (value) => `Expected 0 to 1, got ${value}`
      ),
      Flag.withDefault(0.3)
    ),
    longSide: Flag.Int("long-side").pipe(
      Arguments.atLeast(1),
      Flag.withDescription("Long side of the pictures, pixels: scores by the height of the text as well"),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (input) {
    const { cleval } = yield* Effect.promise(() => import("../programs/Score.ts"))
    yield* cleval(input)
  })
).pipe(
  Command.withDescription("CLEval: characters found, with penalties for split and merged regions"),
  Command.withExamples([
    {
      command: "anneal score cleval --gt gt.zip --pred results.zip",
      description: "Detection, four corners a line"
    },
    {
      command: "anneal score cleval --gt gt --pred results --box-type LTRB --e2e --json",
      description: "Boxes with their texts, as JSON"
    }
  ])
)

const iou = Command.make(
  "iou",
  shared,
  Effect.fnUntraced(function* (input) {
    const { iou } = yield* Effect.promise(() => import("../programs/Score.ts"))
    yield* iou(input)
  })
).pipe(
  Command.withDescription("Regions found one to one at an intersection over union above 0.5"),
  Command.withExamples([
    { command: "anneal score iou --gt gt.zip --pred results.zip", description: "As ICDAR 2015 counts" }
  ])
)

export const command = Command.make("score").pipe(
  Command.withDescription("Compare results in the field's own files with the truth"),
  Command.withSubcommands([cleval, iou])
)
