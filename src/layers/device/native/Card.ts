/** The CUDA card: whether there is a driver and a card, which card is used, and its properties. */
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Bytes from "../../internal/Bytes.ts"
import { type Presence, present } from "../internal/Engine.ts"

type Environment = Readonly<Record<string, string | undefined>>

/** The cards that NVIDIA's driver shows. */
const cards = "proc/driver/nvidia/gpus"

const missing = (reason: string, cure: string): Presence => ({ present: false, reason, cure })

const hides = (visible: string | undefined): boolean => visible === "" || visible === "-1"

const isEmpty = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0

/** Reads files below `root` and loads nothing. */
export const probe = (root = "/", env: Environment = process.env): Presence => {
  // Windows' subsystem for Linux has the driver outside, and its library in another folder.
  if (existsSync(join(root, "usr/lib/wsl/lib/libcuda.so.1"))) return present
  if (!existsSync(join(root, "proc/driver/nvidia/version"))) {
    return missing(
      "no NVIDIA driver is loaded",
      "Install the driver (525.60 or newer, which CUDA 12 needs), and in a container start it with --gpus all; check with nvidia-smi"
    )
  }
  if (isEmpty(join(root, cards))) {
    return missing(
      "the NVIDIA driver sees no card",
      "Check with nvidia-smi -L; a container needs --gpus all, a virtual machine a card passed through"
    )
  }
  return hides(env["CUDA_VISIBLE_DEVICES"])
    ? missing("CUDA_VISIBLE_DEVICES hides every card", "Unset it, or set it to the number of one: 0")
    : present
}

/** The addon uses the last card that TensorFlow sees, and TensorFlow allocates memory on all: it is shown only one. */
export const chosen = (env: Environment = process.env): string =>
  (env["CUDA_VISIBLE_DEVICES"] ?? "0").split(",").at(-1)?.trim() ?? "0"

export interface Card {
  readonly name: string
  /** Bytes of its memory; absent if there is no nvidia-smi. */
  readonly bytes?: number
  readonly driver?: string
}

/** `NVIDIA H100 80GB HBM3, 81559, 550.54.15`, the memory in MiB. */
export const parse = (line: string): Card | undefined => {
  const [name = "", mebibytes = "", driver] = line.split(",").map((part) => part.trim())
  if (name === "") return undefined
  const bytes = Number(mebibytes) * 2 ** 20
  return {
    name,
    ...(bytes > 0 ? { bytes } : {}),
    ...(driver === undefined ? {} : { driver })
  }
}

const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]

const smi = (index: string): Effect.Effect<Card | undefined> =>
  Effect.callback<Card | undefined>((resume) => {
    const child = execFile("nvidia-smi", [...query, "-i", index], { timeout: 5000 }, (error, stdout) =>
      resume(Effect.succeed(error === null ? parse(stdout.split("\n")[0] ?? "") : undefined))
    )
    return Effect.sync(() => {
      child.kill()
    })
  })

/** The driver's files contain the model but not the memory. */
const fromDriver = (root: string): Card => {
  const folder = join(root, cards)
  const [first] = existsSync(folder) ? readdirSync(folder) : []
  const text = first === undefined ? "" : readFileSync(join(folder, first, "information"), "utf8")
  return { name: /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? "a CUDA card" }
}

/** The properties of the used card. */
export const describe = (index: string, root = "/"): Effect.Effect<Card> =>
  Effect.map(smi(index), (card) => card ?? fromDriver(root))

/** Products of matrices in TF32 keep 10 of float32's 23 bits; this variable turns TF32 off in NVIDIA's libraries. */
export const tf32 = (env: Environment = process.env): boolean => env["NVIDIA_TF32_OVERRIDE"] === "1"

/** For people and for the run's record: `NVIDIA H100 80GB HBM3, 79.6 GiB, TF32 off`. */
export const label = ({ name, bytes }: Card, env: Environment = process.env): string =>
  [name, ...(bytes === undefined ? [] : [Bytes.sized(bytes)]), `TF32 ${tf32(env) ? "on" : "off"}`].join(", ")
