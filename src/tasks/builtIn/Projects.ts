/** What a new project can begin with: a task of the user's own, or one that comes with Anneal, to be changed. */

export interface Task {
  readonly does: string
  /** The folder of its configs in the package, beside those of every task. */
  readonly configs: string | undefined
  /** More folders of the package, and where they go. */
  readonly parts: ReadonlyArray<Part>
  readonly scripts: { readonly [name: string]: string }
}

export interface Part {
  readonly from: string
  readonly to: string
}

/** The tasks that a project can begin with; the first is the usual one, since it has nothing to take out first. */
export const tasks = {
  blank: {
    does: "a task of your own, in one file: two spirals, to be replaced by your data and net",
    configs: undefined,
    parts: [],
    scripts: {}
  },
  classification: {
    does: "which class a picture is of: from a folder per class, a CSV or MNIST's format",
    configs: "configs/image_classification",
    parts: [],
    scripts: {}
  },
  detection: {
    does: "where on a picture there is text: receipts that Anneal draws, or your own",
    configs: "configs/text_detection",
    parts: [
      { from: "templates/blank/src/pipeline.ts", to: "src/pipeline.ts" },
      { from: "examples/receipts", to: "src/receipts" }
    ],
    scripts: { receipts: "anneal pipeline run src/receipts/pipeline.ts" }
  }
} as const satisfies { readonly [name: string]: Task }

export type TaskName = keyof typeof tasks

export const names = ["blank", "classification", "detection"] as const satisfies ReadonlyArray<TaskName>
