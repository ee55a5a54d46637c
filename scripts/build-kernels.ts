// Builds the kernels from C: `node scripts/build-kernels.ts`, needs clang and lld 19 (`apt-get install clang-19 lld-19`).
// `--check` builds and compares with what is committed. Users never run this: the results are part of the sources.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"

/** Modules with a memory that is given to them: all C files in `c/` of a folder in one, in one or more variants. */
interface Kernels {
  readonly folder: string
  readonly what: string
  readonly flags: ReadonlyArray<string>
  readonly variants: Readonly<Record<string, ReadonlyArray<string>>>
}

const all: ReadonlyArray<Kernels> = [
  {
    folder: "src/layers/device/pack",
    what: "The kernel pack",
    flags: ["-mrelaxed-simd", "-Wl,--export=__stack_pointer"],
    variants: {
      plain: [],
      shared: ["-matomics", "-Wl,--shared-memory", "-Wl,--max-memory=4294967296"]
    }
  },
  {
    folder: "src/tasks/textDetection/resample",
    what: "The passes of resampling",
    flags: ["-mnontrapping-fptoint"],
    variants: { resample: [] }
  }
]
const compiler = process.env.CLANG ?? "clang-19"

const common = [
  "--target=wasm32",
  "-O3",
  "-msimd128",
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
  "-Wl,--strip-all"
]

/** The module as bytes; refused if it has data of its own, which would overwrite what lies in its memory. */
const build = (folder: string, flags: ReadonlyArray<string>, into: string): Uint8Array<ArrayBuffer> => {
  const target = path.join(into, "kernels.wasm")
  const cwd = path.join(folder, "c")
  const sources = readdirSync(cwd).filter((name) => name.endsWith(".c"))
  execFileSync(compiler, [...common, ...flags, ...sources.sort(), "-o", target], { cwd, stdio: "inherit" })
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

const render = (what: string, modules: Record<string, Uint8Array>) =>
  [
    `/** ${what}, built from the C files in c/ by scripts/build-kernels.ts; never edited. */`,
    ...Object.entries(modules).flatMap(([name, bytes]) => [
      "",
      `export const ${name} = [`,
      lines(Buffer.from(bytes).toString("base64")).join(",\n"),
      '].join("")'
    ]),
    ""
  ].join("\n")

const check = process.argv.includes("--check")

for (const { folder, what, flags, variants } of all) {
  const place = path.join(import.meta.dirname, "..", folder)
  const into = mkdtempSync(path.join(os.tmpdir(), "kernels-"))
  const modules = Object.fromEntries(
    Object.entries(variants).map(([name, own]) => [name, build(place, [...flags, ...own], into)])
  )
  rmSync(into, { recursive: true })
  const target = path.join(place, "binary.ts")
  const text = render(what, modules)
  if (!check) {
    writeFileSync(target, text)
    for (const [name, bytes] of Object.entries(modules))
      console.log(`${folder}, ${name}: ${bytes.length} bytes`)
  } else if (readFileSync(target, "utf8") === text) {
    console.log(`${folder}: the committed kernels are what the sources give`)
  } else {
    console.error(`${folder}/binary.ts is not what these sources give with this compiler`)
    process.exitCode = 1
  }
}
