/** `anneal engine` */
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"

const install = Command.make(
  "install",
  {
    variant: Argument.Literals("engine", ["native", "gpu", "webgpu"]).pipe(
      Argument.withDescription(
        "native: TensorFlow on the CPU; gpu: TensorFlow on one CUDA GPU; webgpu: Dawn on any GPU, from npm"
      )
    ),
    source: Flag.Literals("source", ["auto", "vendor", "pip"]).pipe(
      Flag.withDescription(
        "vendor: the host that tfjs-node downloads from; pip: TensorFlow's wheel; auto: the first that works, the default"
      ),
      Flag.withDefault("auto")
    ),
    wheel: Flag.Path("wheel").pipe(
      Flag.withDescription("A TensorFlow wheel, or an unpacked one, to use instead of pip"),
      Flag.optional
    ),
    packages: Flag.Path("packages").pipe(
      Flag.withDescription("A folder of npm pack files to use instead of the npm registry"),
      Flag.optional
    ),
    python: Flag.String("python").pipe(
      Flag.withDescription("The Python whose pip downloads the wheel; python3 by default"),
      Flag.withDefault("python3")
    )
  },
  Effect.fnUntraced(function* ({ variant, ...input }) {
    const { install, installWebgpu } = yield* Effect.promise(() => import("../programs/Engine.ts"))
    yield* variant === "webgpu" ? installWebgpu(input.wheel) : install({ variant, ...input })
  })
).pipe(
  Command.withDescription(
    "Install an engine: TensorFlow's library (needs pip and a C++ compiler), or Dawn's WebGPU (needs npm)"
  ),
  Command.withExamples([
    { command: "anneal engine install native", description: "From the package index that pip uses" },
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
  Command.withDescription("Install engines that are faster than the default one"),
  Command.withSubcommands([install])
)
