/**
 * Builds `dist/`: the bundled command line in `dist/cli` and `dist/shared`, the library for others to import in `dist/lib`.
 *
 * Run: `npm run build`. `npm ci` runs it as well, so that `npx anneal` starts fast from the first time.
 */
import { execFileSync } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import module from "node:module"
import path from "node:path"
import { type InputOptions, type OutputChunk, type OutputOptions, type Plugin, rolldown } from "rolldown"
import packageJson from "../package.json" with { type: "json" }

const root = path.dirname(import.meta.dirname)
const started = performance.now()

/**
 * Packages that stay outside of the bundle: those with native code or with files beside their modules. All others
 * must be in `pure`, so that nothing heavy gets in unnoticed.
 */
const external = [/^@tensorflow\//, /^@napi-rs\//, /^sharp$/, /^onnxruntime-node$/, /^@fontsource\//]
const pure = [
  /^effect$/,
  /^@effect\/platform-node(-shared)?$/,
  /^yaml$/,
  /^clipper2-ts$/,
  /^@rgrove\/parse-xml$/
]

/**
 * Loading `node:crypto` takes a tenth of the start-up, and Effect's file system only needs it to name temporary
 * files: it is loaded then. An export that is missing here fails the build.
 */
const lazyCrypto: Plugin = {
  name: "lazy-crypto",
  resolveId: (id, importer) =>
    id === "node:crypto" && importer?.endsWith("NodeFileSystem.js") ? "\0lazy-crypto" : undefined,
  load: (id) =>
    id === "\0lazy-crypto"
      ? 'export const randomBytes = (size) => process.getBuiltinModule("node:crypto").randomBytes(size)'
      : undefined
}

/**
 * Effect creates a segmenter of graphemes when it is loaded, to measure the width of help texts, which takes a tenth
 * of the start-up. Here it is created for the first text that is not plain ASCII; in ASCII each character is a
 * grapheme.
 */
const lazySegmenter: Plugin = {
  name: "lazy-segmenter",
  transform: {
    filter: { id: /effect\/dist\/cli\/CliOutput\.js$/ },
    handler: (code) => {
      const eager =
        /const graphemeSegmenter = [^;]*new Intl\.Segmenter\(undefined, \{\s*granularity: "grapheme"\s*\}\);/
      if (!eager.test(code))
        throw new Error("effect/cli creates its segmenter in another way: see lazySegmenter")
      return code.replace(
        eager,
        `let madeSegmenter;
         const graphemeSegmenter = {
           segment: (text) => /^[\\x20-\\x7e]*$/.test(text)
             ? Array.from(text, (segment) => ({ segment }))
             : (madeSegmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })).segment(text)
         };`
      )
    }
  }
}

/** Of this package's own manifest the bundles hold what they read, and not the long list of its modules. */
const shortManifest: Plugin = {
  name: "short-manifest",
  load: (id) => {
    if (id !== path.join(root, "package.json")) return undefined
    const { name, version, allowScripts, peerDependencies, peerDependenciesMeta, devDependencies } =
      packageJson
    const read = { name, version, allowScripts, peerDependencies, peerDependenciesMeta, devDependencies }
    return { code: JSON.stringify(read), moduleType: "json" }
  }
}

const onLog: NonNullable<InputOptions["onLog"]> = (level, log, handle) =>
  handle(log.code === "IMPORT_IS_UNDEFINED" ? "error" : level, log)

const build = async () => {
  rmSync(path.join(root, "dist"), { recursive: true, force: true })
  library()
  await bundleClipper()
  await checkPeers()
  const chunks = [...(await commandLine()), ...(await sharing())]
  // The first start compiles; let it be this one, which also shows that the bundles start at all.
  const program = path.join(root, "bin", "anneal.mjs")
  const version = execFileSync(process.execPath, [program, "--version"], { encoding: "utf8" })
  execFileSync(process.execPath, [program, "pipeline", "--help"], { stdio: "ignore" })
  const kilobytes = Math.round(chunks.reduce((sum, { code }) => sum + code.length, 0) / 1024)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(
    `Built ${version.trim()} in ${seconds} s: dist/lib, dist/cli, dist/shared (${chunks.length} chunks, ${kilobytes} kB)`
  )
}

/** One module per source file, with its declarations. Types are checked by `npm run check`, not here. */
const library = () => {
  const compiler = path.join(
    path.dirname(module.createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin/tsc"
  )
  execFileSync(process.execPath, [compiler, "--project", path.join(root, "tsconfig.build.json")], {
    stdio: "inherit"
  })
}

/** Bundles Clipper, a few pure functions, into the one module that imports it, so that users need not install it. */
const bundleClipper = async () => {
  const file = "dist/lib/tasks/textDetection/geometry/Clipping.js"
  const bundle = await rolldown({
    cwd: root,
    input: file,
    // Our own modules stay separate files.
    external: (id, importer) => id.startsWith(".") && importer === path.join(root, file),
    platform: "node"
  })
  const { output } = await bundle.generate({ format: "esm" })
  await bundle.close()
  const [chunk] = output
  writeFileSync(path.join(root, file), chunk.code)
  writeLicenses("lib", packagesIn([chunk]))
}

/**
 * Each public module checks its peers before it loads anything else, on its first line, so that line numbers stay the
 * same.
 */
const checkPeers = async () => {
  // One module instead of two, since every program that imports Anneal waits for it.
  const bundle = await rolldown({ cwd: root, input: "src/internal/checkPeers.ts", platform: "node" })
  await bundle.write({ file: "dist/lib/internal/checkPeers.js", format: "esm" })
  await bundle.close()
  for (const target of Object.values(packageJson.exports)) {
    if (typeof target === "string") continue
    const file = path.join(root, target.default)
    const check = path.posix.relative(path.posix.dirname(target.default), "./dist/lib/internal/checkPeers.js")
    const specifier = check.startsWith(".") ? check : `./${check}`
    writeFileSync(file, `import "${specifier}"; ${readFileSync(file, "utf8")}`)
  }
}

/** Writes a bundle to `dist/<folder>`, and refuses packages that are not known to be light. */
const bundled = async (
  folder: string,
  input: Readonly<Record<string, string>>,
  options: Pick<OutputOptions, "codeSplitting"> = {}
) => {
  const bundle = await rolldown({
    cwd: root,
    input,
    platform: "node",
    external,
    plugins: [lazyCrypto, lazySegmenter, shortManifest],
    onLog
  })
  const { output } = await bundle.write({
    dir: `dist/${folder}`,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    // Names of functions are kept, so that the stack trace of a defect is readable. Those of other variables are not: a
    // start reads all of the code, and takes a twentieth less time for less of it.
    minify: {
      compress: true,
      mangle: { toplevel: true, keepNames: true },
      codegen: { removeWhitespace: true }
    },
    ...options
  })
  await bundle.close()
  const chunks = output.filter((item): item is OutputChunk => item.type === "chunk")
  const packages = packagesIn(chunks)
  const unknown = [...packages.keys()].filter((name) => !pure.some((pattern) => pattern.test(name)))
  if (unknown.length > 0) {
    throw new Error(
      `${unknown.join(", ")} would be bundled: add it to \`pure\` or to \`external\` in scripts/build.ts`
    )
  }
  writeLicenses(folder, packages)
  return chunks
}

/**
 * The modules that some load at once: one file of them starts faster than a dozen. A main program is left out itself, since
 * a worker that loads the file must not run it.
 */
const loadedAtOnce = async (...entries: ReadonlyArray<string>): Promise<(id: string) => boolean> => {
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry, i) => [`entry${i}`, entry])),
    platform: "node",
    external,
    plugins: [lazyCrypto]
  })
  const { output } = await bundle.generate({ format: "esm" })
  await bundle.close()
  const chunks = new Map(
    output.flatMap((item) => (item.type === "chunk" ? [[item.fileName, item] as const] : []))
  )
  const reached = new Set<string>()
  const follow = (name: string): void => {
    if (reached.has(name)) return
    reached.add(name)
    for (const next of chunks.get(name)?.imports ?? []) follow(next)
  }
  for (const i of entries.keys()) follow(`entry${i}.js`)
  const modules = [...reached].flatMap((name) => chunks.get(name)?.moduleIds ?? [])
  const found = new Set(modules.filter((id) => !/[\\/](?:main|sharedMain)\.ts$/.test(id)))
  return (id) => found.has(id)
}

/** A worker is started by the address of its module, beside the chunk that starts it, so it has to be an entry. */
const workers = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    globSync("src/**/*Worker.ts", { cwd: root }).map((file) => [path.basename(file, ".ts"), file])
  )

const commandLine = async () => {
  const groups = [
    { name: "start", test: await loadedAtOnce("src/cli/main.ts"), priority: 2 },
    { name: "compose", test: await loadedAtOnce("src/cli/programs/config/Composition.ts"), priority: 1 }
  ]
  return bundled("cli", { main: "src/cli/main.ts", ...workers() }, { codeSplitting: { groups } })
}

/** What pipelines and tasks are written with: whole modules, so that the user's module can import any part of them. */
const shared = {
  effect:
    "Array Cause Clock Config Console Context Data DateTime Deferred Duration Effect Exit Fiber FileSystem Function Layer Number Option Order Path Predicate Queue Random Record Redacted Ref Result Schedule Schema Scope Semaphore Stream String Struct",
  anneal: Object.values(packageJson.exports).flatMap((target) =>
    typeof target === "string" ? [] : [target["@anneal/source"]]
  )
}

/** What a task of the user's own mostly is written with, and what composes its configuration. */
const ofTask = [
  ...["config/Composition", "config/PlanDefaults", "module/DeclaredTask"].map(
    (name) => `cli/programs/${name}`
  ),
  ...["device/Device", "module/TaskModule", "picture/ConfusionMatrix", "plan/Plan", "run/RunDirectory"].map(
    (name) => `pipeline/${name}`
  ),
  ...["HostTensor", "Model", "Random", "layers/Nn", "loss/Loss"].map((name) => `pipeline/nn/${name}`),
  ...["Dataset", "Metric", "Task"].map((name) => `pipeline/task/${name}`)
].map((name) => `src/${name}.ts`)

/** The command line for what loads the user's own module, which imports the same by the names of its packages. */
const sharing = async () => {
  const groups = [
    { name: "start", test: await loadedAtOnce("src/cli/sharedMain.ts"), priority: 3 },
    { name: "task", test: await loadedAtOnce(...ofTask), priority: 2 },
    {
      name: "shared",
      test: /[\\/](effect[\\/]dist|src[\\/]pipeline|src[\\/]layers[\\/]cache)[\\/]/,
      priority: 1
    }
  ]
  const effect = shared.effect.split(" ").map((name) => [`effect/${name}`, `effect/${name}`])
  const anneal = [...shared.anneal, ...Object.values(workers()).map((file) => `./${file}`)].map((file) => [
    `lib/${file.slice("./src/".length, -".ts".length)}`,
    file
  ])
  return bundled(
    "shared",
    { sharedMain: "src/cli/sharedMain.ts", ...workers(), ...Object.fromEntries([...effect, ...anneal]) },
    { codeSplitting: { groups } }
  )
}

/** Folder of each package that went into the chunks, by name. */
const packagesIn = (chunks: ReadonlyArray<OutputChunk>): ReadonlyMap<string, string> => {
  const packages = new Map<string, string>()
  for (const id of chunks.flatMap(({ moduleIds }) => moduleIds)) {
    const [, folder, name] = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))/.exec(id) ?? []
    if (folder !== undefined && name !== undefined) packages.set(name.replaceAll("\\", "/"), folder)
  }
  return packages
}

/** The licences of bundled packages require to be included. */
const writeLicenses = (folder: string, packages: ReadonlyMap<string, string>) => {
  const texts = [...packages].sort().map(([name, folder]) => {
    const [file] = globSync("{LICENSE,LICENCE,license,License}*", { cwd: folder })
    return `${name}\n\n${file === undefined ? "" : readFileSync(path.join(folder, file), "utf8").trim()}\n`
  })
  mkdirSync(path.join(root, "dist", folder), { recursive: true })
  writeFileSync(
    path.join(root, "dist", folder, "THIRD-PARTY-LICENSES.txt"),
    texts.join(`\n${"-".repeat(80)}\n\n`)
  )
}

await build()
