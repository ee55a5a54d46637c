/** The packages that read, write and draw pictures; a project without pictures need not install their 70 MB. */
import { createRequire } from "node:module"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** Pictures are needed, and their packages are not installed. */
export class PicturesUnavailable extends Schema.TaggedError<PicturesUnavailable>()("PicturesUnavailable", {
  /** With versions: `sharp@0.35.5`. */
  missing: Schema.Array(Schema.String)
}) {
  override get message() {
    return `pictures need packages that are not installed. ${install(this.missing)}`
  }
}

const install = (packages: ReadonlyArray<string>): string => `Install them: npm install ${packages.join(" ")}`

/**
 * Relative to this module when it runs from source, and to `dist/` when bundled: Node's own resolution finds the
 * package.
 */
const require = createRequire(import.meta.url)

const isInstalled = (name: string): Effect.Effect<boolean> =>
  Effect.try(() => require.resolve(name)).pipe(
    Effect.match({ onFailure: () => false, onSuccess: () => true })
  )

/** Typefaces of books, which only drawn books and documents need: `Canvas.load` asks for them. */
export const ON_DEMAND: ReadonlyArray<string> = [
  "@fontsource/eb-garamond",
  "@fontsource/im-fell-english",
  "@fontsource/old-standard-tt",
  "@fontsource/special-elite",
  "@fontsource/unifrakturmaguntia"
]

/** Names and versions, `sharp@0.35.5`, of what is not installed. */
const missing = Effect.gen(function* () {
  const { default: manifest } = yield* Effect.promise(
    () => import("anneal/package.json", { with: { type: "json" } })
  )
  const optional = Object.entries<string>(manifest.peerDependencies).filter(
    ([name]) =>
      name in manifest.peerDependenciesMeta &&
      !/^(@tensorflow\/|onnxruntime)/.test(name) &&
      !ON_DEMAND.includes(name)
  )
  const absent = yield* Effect.filter(optional, ([name]) => Effect.map(isInstalled(name), (is) => !is))
  return absent.map(([name, range]) => `${name}@${range.replace("~", "")}`)
})

/** The cure if one of the packages cannot be loaded: it is not installed, or lacks its part for this platform. */
export const cure: Effect.Effect<string> = Effect.map(missing, (packages) =>
  packages.length > 0
    ? install(packages)
    : "Install the packages for this platform again: npm ci --include=optional"
)

/** Fails if some are not installed, before a run that needs them starts; loads none. */
export const check: Effect.Effect<void, PicturesUnavailable> = Effect.flatMap(missing, (packages) =>
  packages.length === 0 ? Effect.void : Effect.fail(new PicturesUnavailable({ missing: packages }))
)
