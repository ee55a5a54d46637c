/** A block of YAML as the config that it is, and how one composes it. */
import * as Markdown from "./Markdown.ts"

export interface Composable {
  /** Relative to a folder of configs. */
  readonly file: string
  readonly text: string
  readonly args: ReadonlyArray<string>
}

/**
 * Whether it is composed over `train` here: a file outside of `configs/` is for a program or a project of the page, whose
 * commands compose it.
 */
export const isComposed = (block: Markdown.Block): boolean =>
  (Markdown.marker(block, "file")?.text ?? "configs/").startsWith("configs/")

/**
 * With a file such as `configs/mine.yaml` or `configs/optimizer/mine.yaml` a block is that config; without one it is
 * what somebody adds to the values of `train`.
 */
export const of = (block: Markdown.Block): Composable => {
  const file = Markdown.marker(block, "file")?.text.replace(/^configs\//, "") ?? "block.yaml"
  const name = file.replace(/\.yaml$/, "")
  const group = name.lastIndexOf("/")
  if (group !== -1) {
    const choice = `${name.slice(0, group)}=${name.slice(group + 1)}`
    return { file, text: block.text, args: ["train", choice] }
  }
  const whole = /^defaults:/m.test(block.text)
  const text = whole ? block.text : `defaults: [train, _self_]\n${block.text}`
  return { file, text, args: ["train", "--config-name", name] }
}
