// A plugin of TypeDoc. Modules are called as one imports them and begin with what their file says first. Classes of
// Effect, errors and services, extend a class expression: what they inherit from it is the same for all of them and is
// left out, and what a service offers is shown as its own.
import { readFileSync } from "node:fs"
import { Comment, Converter, ReflectionFlag, ReflectionKind } from "typedoc"
import { modules } from "../typedoc.config.js"

/** The name by which one imports a source: not its place in `src`. */
const names = new Map([...modules].map(([name, file]) => [file, name]))

/** What a file says of itself first, before its imports. */
const about = (name) => {
  const text = readFileSync(new URL(`../../src/${name}.ts`, import.meta.url), "utf8")
  return /^\/\*\*([\s\S]*?)\*\//
    .exec(text)?.[1]
    ?.replaceAll(/^ ?\* ?/gm, "")
    .trim()
}

/** Members that every error has. */
const common = /^(message|name|stack|cause|toJSON|pipe|_tag)$/

const introduce = (module) => {
  const header = about(module.name)
  module.name = names.get(`./src/${module.name}.ts`) ?? module.name
  const { name } = module
  const [alias] = name.split("/").slice(-1)
  const statement = name.startsWith("testing/")
    ? `import { ${alias} } from "anneal/testing"`
    : `import * as ${alias} from "anneal/${name}"`
  const text = [header, `\`\`\`ts\n${statement}\n\`\`\``].filter((part) => part !== undefined)
  module.comment ??= new Comment([{ kind: "text", text: text.join("\n\n") }])
}

/** `Context.Service<Device, { … }>` keeps what the service offers in a type argument. */
const offers = ({ extendedTypes = [] }) => {
  const shape = extendedTypes.find(({ type, name }) => type === "reference" && name === "Shape")
    ?.typeArguments?.[1]
  return shape?.type === "reflection" ? (shape.declaration.children ?? []) : []
}

const tidy = (project, type) => {
  const left = (type.children ?? []).filter(
    (one) => one.kindOf(ReflectionKind.Constructor) || one.flags.isStatic || common.test(one.name)
  )
  for (const one of left) project.removeReflection(one)
  for (const one of offers(type)) {
    one.parent = type
    type.addChild(one)
  }
  delete type.extendedTypes
}

export const load = (app) => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) introduce(module)
    for (const type of project.getReflectionsByKind(ReflectionKind.Class)) tidy(project, type)
    for (const one of project.getReflectionsByKind(ReflectionKind.All)) {
      // Everything is read-only, so that saying it says nothing.
      one.setFlag(ReflectionFlag.Readonly, false)
      delete one.inheritedFrom
      delete one.overwrites
      delete one.defaultValue
    }
  })
}
