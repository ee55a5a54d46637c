/** One YAML file: its header, its defaults list, and its content. */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Syntax from "../interpolation/Syntax.ts"
import { type MapNode, map, type Node, type ScalarNode, scalar } from "../node/Node.ts"
import { placeOf, Source } from "../node/Source.ts"
import { FileInvalid } from "../problem/ConfigError.ts"
import { YamlInvalid } from "../yaml/Invalid.ts"
import * as Yaml from "../yaml/Yaml.ts"
import { type DefaultItem, type ItemProblem, readList } from "./DefaultItem.ts"
import * as Header from "./Header.ts"

export interface ConfigFile {
  /** The content without its defaults list; anything but a mapping is refused later, where it is used. */
  readonly node: Node
  readonly defaults: Result.Result<ReadonlyArray<DefaultItem>, ItemProblem>
  readonly header: Header.Header
}

/** Reads a file's text. */
export const read = (source: Source): Effect.Effect<ConfigFile, FileInvalid> => {
  const header = Header.read(source)
  if (header.problem !== undefined) return Effect.fail(headerInvalid(source, header.problem))
  return Effect.map(readContent(source), (content) => {
    const { node, defaults } = splitDefaults(content)
    return { node, defaults: readList(defaults), header }
  })
}

const headerInvalid = (
  source: Source,
  { offset, problem }: { readonly offset: number; readonly problem: string }
) =>
  FileInvalid.of(source.path, [
    new YamlInvalid({
      place: placeOf({ _tag: "File", source, offset, keyOffset: offset }),
      problem,
      cure: "A header has one name and one value: # @package model.optimizer"
    })
  ])

/** A file's content: an empty file is an empty mapping, and a lone string is read as YAML again, as in OmegaConf. */
const readContent = (source: Source): Effect.Effect<Node, FileInvalid> =>
  Effect.flatMap(parse(source), (parsed) => {
    const node = parsed ?? Yaml.emptyDocument(source)
    if (node._tag !== "Scalar") return syntaxChecked(source, node)
    if (node.value === null) return Effect.succeed(Yaml.emptyDocument(source))
    return typeof node.value === "string" ? readAgain(source, node, node.value) : noMapping(source, node)
  })

const parse = (source: Source): Effect.Effect<Node | undefined, FileInvalid> =>
  Effect.mapError(Yaml.parse(source), (problems) => FileInvalid.of(source.path, problems))

const noMapping = (source: Source, node: ScalarNode): Effect.Effect<never, FileInvalid> => {
  const problem = `the file contains ${String(node.value)} instead of a mapping`
  return Effect.fail(
    FileInvalid.of(source.path, [new YamlInvalid({ place: placeOf(node.origin), problem, cure: "" })])
  )
}

const readAgain = (source: Source, node: ScalarNode, text: string): Effect.Effect<Node, FileInvalid> =>
  Effect.flatMap(parse(new Source(source.path, text)), (inner) =>
    inner !== undefined && inner._tag !== "Scalar"
      ? syntaxChecked(source, inner)
      : Effect.succeed(map(new Map([[text, scalar(null, node.origin)]]), node.origin))
  )

const syntaxChecked = (source: Source, node: Node): Effect.Effect<Node, FileInvalid> => {
  const problems = Syntax.invalidIn(node).map(
    ({ node, problem }) =>
      new YamlInvalid({ place: placeOf(node.origin), problem, cure: "Escape a literal ${ as \\${." })
  )
  return problems.length === 0 ? Effect.succeed(node) : Effect.fail(FileInvalid.of(source.path, problems))
}

const splitDefaults = (node: Node): { readonly node: Node; readonly defaults: Node | undefined } => {
  if (node._tag !== "Map" || !node.entries.has("defaults")) return { node, defaults: undefined }
  const entries = new Map(node.entries)
  entries.delete("defaults")
  const rest: MapNode = { ...node, entries }
  return { node: rest, defaults: node.entries.get("defaults") }
}
