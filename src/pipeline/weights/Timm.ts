/** timm's names in torchvision's words, where the two differ: vision Transformers and MobileNets. */

type Rule = readonly [pattern: RegExp, replacement: string]

const VIT: ReadonlyArray<Rule> = [
  [/^cls_token$/, "class_token"],
  [/^pos_embed$/, "encoder.pos_embedding"],
  [/^patch_embed\.proj\./, "conv_proj."],
  [/^norm\./, "encoder.ln."],
  [/^head\./, "heads.head."],
  [/^blocks\.(\d+)\.norm([12])\./, "encoder.layers.encoder_layer_$1.ln_$2."],
  [/^blocks\.(\d+)\.attn\.qkv\./, "encoder.layers.encoder_layer_$1.self_attention.in_proj_"],
  [/^blocks\.(\d+)\.attn\.proj\./, "encoder.layers.encoder_layer_$1.self_attention.out_proj."],
  [/^blocks\.(\d+)\.mlp\.fc1\./, "encoder.layers.encoder_layer_$1.mlp.0."],
  [/^blocks\.(\d+)\.mlp\.fc2\./, "encoder.layers.encoder_layer_$1.mlp.3."]
]

const MOBILENET_ENDS: ReadonlyArray<Rule> = [
  [/^conv_stem\./, "features.0.0."],
  [/^bn1\./, "features.0.1."],
  [/^conv_head\./, "classifier.0."],
  [/^classifier\./, "classifier.3."]
]

const BLOCK = /^blocks\.(\d+)\.(\d+)\./

/** A block of MobileNetV3: torchvision counts blocks and their parts through, timm calls them by stage and by what they do. */
interface Block {
  readonly index: number
  readonly parts: ReadonlySet<string>
}

/** The blocks by timm's prefix, in order, with the first words of what is in each. */
const blocksOf = (names: ReadonlyArray<string>): ReadonlyMap<string, Block> => {
  const found = names.flatMap((name) => {
    const [prefix, stage, place] = BLOCK.exec(name) ?? []
    if (prefix === undefined) return []
    const [part = ""] = name.slice(prefix.length).split(".")
    return [{ prefix, part, order: Number(stage) * 1000 + Number(place) }]
  })
  const groups = [...Map.groupBy(found, ({ order }) => order)].toSorted(([a], [b]) => a - b)
  return new Map(
    groups.map(([, members], i) => [
      members[0]?.prefix ?? "",
      { index: i + 1, parts: new Set(members.map(({ part }) => part)) }
    ])
  )
}

/** Convolutions with their norms in the order in which a block applies them. */
const stepsOf = (parts: ReadonlySet<string>): ReadonlyArray<string> =>
  parts.has("conv_pwl")
    ? ["conv_pw bn1", "conv_dw bn2", ...(parts.has("se") ? ["se"] : []), "conv_pwl bn3"]
    : ["conv_dw bn1", ...(parts.has("se") ? ["se"] : []), "conv_pw bn2"]

/** What a block calls `own`, such as `conv_dw.weight`. */
const inBlock = ({ index, parts }: Block, own: string): string => {
  const [first = "", second = ""] = own.split(".")
  // The last block is a convolution with its norm, and no more.
  if (parts.has("conv")) return `features.${index}.${own.replace(/^conv\./, "0.").replace(/^bn1\./, "1.")}`
  const steps = stepsOf(parts)
  const step = steps.findIndex((each) => each.split(" ").includes(first))
  const rest = own.slice(first.length + 1)
  const inner =
    first === "se"
      ? rest.replace(second, second === "conv_reduce" ? "fc1" : "fc2")
      : `${first.startsWith("bn") ? 1 : 0}.${rest}`
  return `features.${index}.block.${step}.${inner}`
}

const isMobilenet = (names: ReadonlyArray<string>): boolean =>
  names.some((name) => name.startsWith("conv_stem.")) && names.some((name) => name.startsWith("conv_head."))

const replaced = (rules: ReadonlyArray<Rule>, name: string): string => {
  const rule = rules.find(([pattern]) => pattern.test(name))
  return rule === undefined ? name : name.replace(rule[0], rule[1])
}

/** What torchvision calls a tensor of the file that has these names; those that both know stay. */
export const renamer = (names: ReadonlyArray<string>): ((name: string) => string) => {
  if (!isMobilenet(names)) return (name) => replaced(VIT, name)
  const blocks = blocksOf(names)
  return (name) => {
    const [prefix = ""] = BLOCK.exec(name) ?? []
    const block = blocks.get(prefix)
    return block === undefined ? replaced(MOBILENET_ENDS, name) : inBlock(block, name.slice(prefix.length))
  }
}
