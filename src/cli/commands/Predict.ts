/** `anneal predict` */

import { Command } from "effect/cli"
import * as Arguments from "../Arguments.ts"
import * as Configured from "../Configured.ts"

export const command = Command.make("predict", Arguments.configuration, Configured.run("predict")).pipe(
  Command.withDescription(
    "Predict with a checkpoint, and write what the task makes of it (configs/predict.yaml)"
  ),
  Command.withExamples([
    {
      command: "anneal predict image_dir=./scans",
      description: "With the best checkpoint of the newest run"
    },
    {
      command: "anneal predict image_dir=scan.jpg include_confidence=true minified_json=true",
      description: "One picture, with confidences, as JSON on one line"
    }
  ])
)
