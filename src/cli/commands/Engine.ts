/** `anneal engine` */
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"

const install = Command.make(
  "install",
  {
    variant: Argument.Literals("engine", ["native", "gpu", "webgpu"]).pipe(
      Argument.withDescription(
        "native: TensorFlow on the processor; gpu: on one CUDA card; webgpu: Dawn on any card, by npm alone"
      )
    ),
    source: Flag.Literals("source", ["auto", "vendor", "pip"]).pipe(
      Flag.withDescription(
        "vendor: the host that tfjs-node downloads from; pip: TensorFlow's wheel; auto: the first that works"
      ),
      Flag.withDefault("auto")
    ),
    wheel: Flag.Path("wheel").pipe(
      Flag.withDescription(
        "A TensorFlow wheel, or a folder that one was unpacked into, instead of asking pip"
      ),
      Flag.optional
    ),
    packages: Flag.Path("packages").pipe(
      Flag.withDescription("A folder of files that npm pack made, instead of asking npm"),
      Flag.optional
    ),
    python: Flag.String("python").pipe(
      Flag.withDescription("The Python whose pip, with its own settings, fetches the wheel"),
      Flag.withDefault("python3")
    )
  },
  Effect.fnUntraced(function* ({ variant, ...input }) {
    const { install, installWebgpu } = yield* Effect.promise(() => import("../programs/Engine.ts"))
    yield* variant === "webgpu" ? installWebgpu(input.wheel) : install({ variant, ...input })
  })
).pipe(
  Command.withDescription(
    "Install an engine: TensorFlow's own library, by pip and a C++ compiler, or Dawn's WebGPU, by npm"
  ),
  Command.withExamples([
    { command: "anneal engine install native", description: "From the package index that pip is set to" },
    {
      command:
        "anneal engine install native --wheel ./tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
      description: "Without a network, from a wheel"
    },
    {
      command: "anneal engine install webgpu",
      description: "A GPU without CUDA: Vulkan, Metal or Direct3D 12"
    }
  ])
)

export const command = Command.make("engine").pipe(
  Command.withDescription("Install engines that are faster than what npm alone installs"),
  Command.withSubcommands([install])
)
