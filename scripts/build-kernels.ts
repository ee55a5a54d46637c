// Builds the kernel pack from C: `node scripts/build-kernels.ts`, needs clang and lld 19 (`apt-get install clang-19 lld-19`).
// `--check` builds and compares with what is committed. Users never run this: the result is part of the sources.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"

const folder = path.join(import.meta.dirname, "../src/layers/device/pack")
const sources = [
  "conv.c",
  "depthwise.c",
  "elementwise.c",
  "filter_gradient.c",
  "layout.c",
  "norm.c",
  "optimizer.c",
  "pool.c",
  "resize.c"
]
const compiler = process.env.CLANG ?? "clang-19"

const common = [
  "--target=wasm32",
  "-O3",
  "-msimd128",
  "-mrelaxed-simd",
  "-mbulk-memory",
  "-mmutable-globals",
  "-fno-vectorize",
  "-fno-slp-vectorize",
  "-ffp-contract=off",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-nostdlib",
  "-Wl,--no-entry",
  "-Wl,--import-memory",
  "-Wl,--export=__stack_pointer",
  "-Wl,--strip-all"
]
const variants = {
  plain: [],
  shared: ["-matomics", "-Wl,--shared-memory", "-Wl,--max-memory=4294967296"]
}

/** The module as bytes; refused if it has data of its own, which would overwrite the engine's memory. */
const build = (flags: ReadonlyArray<string>, into: string): Uint8Array<ArrayBuffer> => {
  const target = path.join(into, "kernels.wasm")
  execFileSync(compiler, [...common, ...flags, ...sources, "-o", target], {
    cwd: path.join(folder, "c"),
    stdio: "inherit"
  })
  const bytes = new Uint8Array(readFileSync(target))
  if (dataSegments(bytes) > 0) throw new Error("the kernels have static data; keep constants in code")
  return bytes
}

/** Counts data segments by walking the sections: id byte, LEB128 size, contents. */
const dataSegments = (bytes: Uint8Array): number => {
  let at = 8
  const leb = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const id = bytes[at++]
    const size = leb()
    const next = at + size
    if (id === 11) return leb()
    at = next
  }
  return 0
}

const lines = (text: string) => (text.match(/.{1,96}/g) ?? []).map((line) => `  "${line}"`)

const render = (modules: Record<string, Uint8Array>) =>
  [
    "/** The kernel pack, built from the C files in c/ by scripts/build-kernels.ts; never edited. */",
    ...Object.entries(modules).flatMap(([name, bytes]) => [
      "",
      `export const ${name} = [`,
      lines(Buffer.from(bytes).toString("base64")).join(",\n"),
      '].join("")'
    ]),
    ""
  ].join("\n")

const into = mkdtempSync(path.join(os.tmpdir(), "kernels-"))
const modules = Object.fromEntries(
  Object.entries(variants).map(([name, flags]) => [name, build(flags, into)])
)
rmSync(into, { recursive: true })
const target = path.join(folder, "binary.ts")
const text = render(modules)
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("src/layers/device/pack/binary.ts is not what these sources give with this compiler")
    process.exitCode = 1
  } else {
    console.log("the committed kernels are what the sources give")
  }
} else {
  writeFileSync(target, text)
  for (const [name, bytes] of Object.entries(modules)) console.log(`${name}: ${bytes.length} bytes`)
}
