/** One pass over a tree that replaces interpolations by their values. */
import * as Result from "effect/Result"
import * as Located from "../node/Located.ts"
import { isInterpolation, type KeyId, type Node } from "../node/Node.ts"
import { resolve } from "./Interpolation.ts"
import type { Fault, Pending, Scope } from "./Scope.ts"

/** Interpolations may copy this many nodes; a few lines can ask for more than any memory holds. */
const maxNodes = 1_000_000

export class Resolution {
  readonly faults: Array<Fault> = []
  readonly pending: Array<Pending> = []
  /** The interpolations that were left as they were because they lead to a missing value. */
  readonly missing = new Set<Node>()
  readonly #scope: Scope
  /** The mappings and lists that are being copied, outermost first. */
  readonly #open: Array<Located.Located> = []
  #count = 0

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** The node with every interpolation below it resolved; what fails is collected and left as it was. */
  copy(at: Located.Located): Node {
    this.#count += 1
    if (this.#count > maxNodes) return this.#tooLarge(at)
    if (at.literal) return at.node
    if (isInterpolation(at.node)) return this.#follow(at)
    return at.node._tag === "Scalar" ? at.node : this.#children(at)
  }

  #follow(at: Located.Located): Node {
    const value = resolve(at, this.#scope)
    if (Result.isFailure(value)) {
      this.#left(at, value.failure)
      return at.node
    }
    const copied =
      value.success.node._tag === "Scalar" ? value.success.node : this.#children(value.success, at)
    return { ...copied, origin: at.node.origin, prior: at.node }
  }

  #left(at: Located.Located, failure: Fault | Pending) {
    if (failure._tag === "Pending") return void this.pending.push(failure)
    this.faults.push(failure)
    if (failure.kind === "missing") this.missing.add(at.node)
  }

  #children(at: Located.Located, asked = at): Node {
    if (at.literal) return at.node
    if (this.#open.some((other) => Located.same(other, at))) {
      const problem = `"${at.key}" contains itself through an interpolation`
      this.faults.push({ _tag: "Fault", kind: "cycle", at: asked, problem })
      return at.node
    }
    this.#open.push(at)
    const node = this.#copyChildren(at)
    this.#open.pop()
    return node
  }

  #copyChildren(at: Located.Located): Node {
    const node = at.node
    if (node._tag === "Scalar") return node
    if (node._tag === "List") {
      return { ...node, items: node.items.map((item, index) => this.copy(Located.child(at, index, item))) }
    }
    const entries = new Map<KeyId, Node>()
    for (const [id, item] of node.entries) entries.set(id, this.copy(Located.child(at, id, item)))
    return { ...node, entries }
  }

  #tooLarge(at: Located.Located): Node {
    if (this.#count === maxNodes + 1) {
      const problem = `the interpolations copy more than ${maxNodes} values`
      this.faults.push({ _tag: "Fault", kind: "large", at, problem })
    }
    return at.node
  }
}
