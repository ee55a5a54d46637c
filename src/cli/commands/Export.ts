/** `anneal export` */
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"

export const command = Command.make(
  "export",
  {
    from: Argument.String("run").pipe(
      Argument.withDescription(
        "A run directory, whose best checkpoint is taken; a checkpoint; or the name of a run (anneal runs list)"
      )
    ),
    to: Flag.Literals("to", ["onnx", "safetensors", "tfjs"]).pipe(
      Flag.withDescription(
        "onnx: the whole net for ONNX Runtime and transformers.js; safetensors: the weights in PyTorch's layouts; tfjs: a graph model for tf.loadGraphModel; may be repeated"
      ),
      Flag.atLeast(1)
    ),
    out: Flag.Path("out").pipe(Flag.withDescription("Folder to write"), Flag.withAlias("o")),
    task: Flag.String("task").pipe(
      Flag.withDescription("The task, or the module that declares it; by default the one that the run names"),
      Flag.optional
    ),
    accelerator: Flag.Literals("accelerator", ["auto", "gpu", "native", "webgpu", "wasm", "cpu"]).pipe(
      Flag.withDescription(
        "The engine that the export is compared with; the best of this machine by default"
      ),
      Flag.withDefault("auto")
    ),
    int8: Flag.Boolean("int8").pipe(
      Flag.withDescription(
        "With onnx, also write onnx/model_quantized.onnx, whose weights have 8 bits, and measure what that costs"
      ),
      Flag.withDefault(false)
    ),
    overwrite: Flag.Boolean("overwrite").pipe(
      Flag.withDescription("Replace the folder if it is not empty"),
      Flag.withDefault(false)
    ),
    noData: Flag.Boolean("no-data").pipe(
      Flag.withDescription("Compare on made-up numbers only, and read no data"),
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print the outcome as JSON"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (input) {
    const program = yield* Effect.promise(() => import("../programs/Export.ts"))
    yield* program.run(input)
  })
).pipe(
  Command.withDescription("Write a trained net for other programs, compared with the engine first"),
  Command.withExamples([
    {
      command:
        "anneal export outputs/experiments/train/text_detection/quickstart/<run> --to onnx --out exported",
      description: "The best checkpoint of a run as ONNX"
    },
    {
      command: "anneal export <checkpoint> --to onnx --to safetensors --out exported --overwrite",
      description: "The net and its weights side by side, in place of an earlier export"
    }
  ])
)
