/** Which wheels this machine can load, by the system, the processor and the C library in their names. */
import { EngineInstallError } from "./InstallError.ts"
import type { Variant } from "./NativeHome.ts"

export interface Host {
  readonly platform: string
  /** In Node's terms: `x64`, `arm64`. */
  readonly arch: string
  /** Such as `2.36`; absent with another C library, such as musl. */
  readonly glibc: string | undefined
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

export const host = (): Host => {
  const { platform, arch, report } = process
  // By default a report resolves host names.
  const before: unknown = Reflect.get(report, "excludeNetwork")
  Reflect.set(report, "excludeNetwork", true)
  const glibc =
    platform === "linux" ? field(field(report.getReport(), "header"), "glibcVersionRuntime") : undefined
  Reflect.set(report, "excludeNetwork", before)
  return { platform, arch, glibc: typeof glibc === "string" ? glibc : undefined }
}

const refuse = (engine: Variant, step: string, problem: string, cure: string) =>
  new EngineInstallError({ engine, step, problem, cure, output: "" })

const another = "Train on the wasm engine, which runs everywhere: trainer.accelerator=wasm"

/** The platform that the addon is built for. */
export const refusal = (
  variant: Variant,
  { platform, arch, glibc }: Host
): EngineInstallError | undefined => {
  if (platform !== "linux" || arch !== "x64") {
    return refuse(
      variant,
      "architecture",
      `TensorFlow's library is only supported for Linux on x86-64, and this is ${platform} on ${arch}`,
      another
    )
  }
  return glibc === undefined
    ? refuse(
        variant,
        "glibc",
        "TensorFlow's library is built for glibc, and this system has another C library",
        another
      )
    : undefined
}

/** `manylinux_2_27_x86_64` or an older name, anywhere in a wheel's last part. */
const tag = /manylinux(?:_2_(\d+)|(1|2010|2014))_(\w+?)(?:\.|$)/

const oldNames: Readonly<Record<string, number>> = { "1": 5, "2010": 12, "2014": 17 }

const minor = (glibc: string): number => Number(glibc.split(".")[1] ?? 0)

/** The minor version of glibc that a wheel's platforms require; absent if they are for another processor. */
const wanted = (platforms: string): number | undefined => {
  const [, named, old = "", processor] = tag.exec(platforms) ?? []
  if (processor !== "x86_64") return undefined
  return named === undefined ? (oldNames[old] ?? 0) : Number(named)
}

/** Why a wheel with this file name cannot be loaded here; absent if it can, or if the name does not say. */
export const wheelRefusal = (
  variant: Variant,
  file: string,
  { glibc = "2.0" }: Host
): EngineInstallError | undefined => {
  const platforms = /-([^-]+)\.whl$/.exec(file)?.[1]
  if (platforms === undefined || platforms === "any") return undefined
  const wants = wanted(platforms)
  if (wants === undefined) {
    return refuse(
      variant,
      "architecture",
      `${file} is a wheel for ${platforms}, and this is Linux on x86-64`,
      "Name the wheel whose file ends in manylinux_…_x86_64.whl"
    )
  }
  if (wants <= minor(glibc)) return undefined
  return refuse(
    variant,
    "glibc",
    `${file} needs glibc 2.${wants}, and this system has ${glibc}`,
    "Name an older wheel of TensorFlow (--wheel <file>), or use a newer system"
  )
}
