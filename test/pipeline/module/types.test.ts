/** What the compiler says of task modules that do not fit: each refusal names the field and what does not fit in it. */
import { type Case, describeRefusals } from "../../support/refused.ts"

const prelude = `
import * as Dataset from "anneal/Dataset"
import * as HostTensor from "anneal/HostTensor"
import * as Metric from "anneal/Metric"
import * as Model from "anneal/Model"
import { Count, field } from "anneal/Plan"
import * as Run from "anneal/Run"
import * as Task from "anneal/Task"
import * as TaskModule from "anneal/TaskModule"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export const plan = Schema.Struct({
  size: field(Count, 4, "Samples."),
  model: field(Schema.Struct({ hidden: field(Count, 8, "Units.") }), {}, "The net.")
})
export const net: Model.Model = { name: "net", parameters: [] }
export const task = Task.make({
  name: "t",
  model: net,
  sizeOf: ({ labels }: { readonly labels: ReadonlyArray<number> }) => labels.length,
  loss: ({ tf }) => ({ loss: tf.scalar(1), parts: {}, buffers: {} }),
  forward: ({ tf }) => ({ scores: tf.zeros([1, 2]) }),
  interpret: (_, { labels }) => ({ predictions: labels, targets: labels }),
  metric: Metric.combine({ mae: Metric.mae })
})
export const set = Dataset.fromArrays({ labels: [1, 2] }).pipe(
  Dataset.batch(1, { collate: (rows) => ({ labels: rows.map(() => 1) }) })
)
export const sets = Effect.succeed({ train: set, val: set })
export const objective = { metric: "mae", mode: "min" } as const
export const good = TaskModule.make({ name: "t", plan, objective, task: () => task, data: () => sets })
`

const fitting = { name: '"t"', plan: "plan", objective: "objective", task: "() => task", data: "() => sets" }

/** A module that fits, but for these fields. */
const made = (fields: { readonly [field: string]: string }) => {
  const all = Object.entries({ ...fitting, ...fields }).map(([name, value]) => `  ${name}: ${value}`)
  return `export const module = TaskModule.make({\n${all.join(",\n")}\n})`
}

const cases: { readonly [name: string]: Case } = {
  "nothing where all fits": {
    code: `${made({
      data: "({ size, model: { hidden } }) => (size + hidden > 0 ? sets : sets)",
      pictures:
        '({ targets }) => targets.map((target) => ({ name: "a", score: target, caption: "", draw: () => Effect.succeed({ width: 1, height: 1, rgb: new Uint8Array(3) }) }))',
      batch: "Schema.Struct({ labels: Schema.Array(Schema.Finite) })",
      predictPlan: "Schema.Struct({ count: Count })",
      predict:
        '(_, { count }) => Effect.succeed({ inputs: set, write: (outputs) => Effect.as(Effect.succeed(outputs), { summary: "", samples: count, places: [], skipped: [] }) })'
    })}
export const run = Run.train(good, { size: 3, model: { hidden: 2 }, trainer: { max_epochs: 3 }, optimizer: { kind: "adam" } })`,
    says: []
  },
  "a name that is no text": {
    code: made({ name: "3" }),
    says: [/'number' is not assignable to type 'string'/]
  },
  "a plan that is no Schema of keys": {
    code: made({ plan: "Schema.String" }),
    says: [/Property 'fields' is missing/]
  },
  "an objective of another direction": {
    code: made({ objective: '{ metric: "mae", mode: "least" }' }),
    says: [/'"least"' is not assignable to type '"m\w\w" \| "m\w\w"'/]
  },
  "a task that reads a key that the plan has not": {
    code: made({ task: "({ model: { width } }) => (width === 0 ? task : task)" }),
    says: [/Property 'width' does not exist on type '\{ readonly hidden: number; \}'/]
  },
  "data of another batch than the task has": {
    code: made({
      data: '() => Effect.succeed({ train: Dataset.fromIterable([1], { name: "a" }).pipe(Dataset.batch(1)), val: set })'
    }),
    says: [
      /Types of property 'train' are incompatible/,
      /Property 'labels' is missing in type 'readonly number\[\]'/
    ]
  },
  "data without a set to validate on": {
    code: made({ data: "() => Effect.succeed({ train: set })" }),
    says: [/Property 'val' is missing/]
  },
  "data that fails with something else": {
    code: made({ data: '() => Effect.fail("no")' }),
    says: [/Type 'string' is not assignable to type 'TaskFailure'/]
  },
  "pictures of other outputs": {
    code: made({ pictures: "({ images }) => images" }),
    says: [/Property 'images' does not exist on type/, /predictions/]
  },
  "figures of another state": {
    code: made({ figures: '({ state }) => [{ name: "a", draw: state.confusion }]' }),
    says: [/Property 'confusion' does not exist on type/]
  },
  "a Schema of other batches": {
    code: made({ batch: "Schema.Struct({ labels: Schema.String })" }),
    says: [
      /Types of property 'labels' are incompatible/,
      /'readonly number\[\]' is not assignable to type 'string'/
    ]
  },
  "predictions that ask for a key that they have not": {
    code: made({
      predictPlan: "Schema.Struct({ count: Count })",
      predict: "(_, { cuont }) => Effect.die(cuont)"
    }),
    says: [/Property 'cuont' does not exist on type '\{ readonly count: number; \}'/]
  },
  "a weight on resume that is no weight": {
    code: made({ onResume: '{ size: "exact" }' }),
    says: [/'"exact"' is not assignable to type '"free" \| "shown"/]
  },
  "a field that there is not": {
    code: made({ picture: "() => []" }),
    says: [/'picture' does not exist in type/]
  },
  "a lazy implementation that does not fit the plan": {
    code: `export const module = TaskModule.lazy({
  name: "t", plan, objective,
  load: Effect.succeed({ task: ({ hidden }: { readonly hidden: number }) => (hidden > 0 ? task : task), data: () => sets })
})`,
    says: [
      /Types of property 'task' are incompatible/,
      /Property 'hidden' is missing in type '\{ readonly size: number;/
    ]
  },
  "a lazy implementation without data": {
    code: 'export const module = TaskModule.lazy({ name: "t", plan, objective, load: Effect.succeed({ task: () => task }) })',
    says: [/Property 'data' is missing/]
  },
  "a task whose metric folds something else": {
    code: "Task.make({ ...task, interpret: () => ({ words: 1 }) })",
    says: [
      /Type '\{ words: number; \}' is missing the following properties from type '\{ predictions: .*: predictions, targets/
    ]
  },
  "a run with a key that no run has": {
    code: "export const run = Run.train(good, { trainr: { max_epochs: 3 } })",
    says: [/'trainr' does not exist in type/]
  },
  "a run with a task's key of another type": {
    code: 'export const run = Run.train(good, { model: { hidden: "many" } })',
    says: [/Type 'string' is not assignable to type 'number'/]
  },
  "a run of something that is no task module": {
    code: 'export const run = Run.train({ name: "t" }, {})',
    says: [
      /Type '\{ name: string; \}' is missing the following properties from type 'TaskModule<.*: \[TypeId\], load/
    ]
  }
}

describeRefusals(prelude, cases)
