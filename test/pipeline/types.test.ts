/** What the compiler says of pipelines that are wrong: each refusal must name what is missing or does not fit. */
import { type Case, describeRefusals } from "../support/refused.ts"

const prelude = `
import * as CacheDirectory from "anneal/layers/cache/CacheDirectory"
import * as Pipeline from "anneal/Pipeline"
import * as Stage from "anneal/Stage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

export class Engine extends Context.Service<Engine, { readonly speed: number }>()("Engine") {}
export class Tracker extends Context.Service<Tracker, { readonly url: string }>()("Tracker") {}
export class OutOfFuel extends Schema.TaggedError<OutOfFuel>()("OutOfFuel", {}) {}
export class Offline extends Schema.TaggedError<Offline>()("Offline", {}) {}

export const prepare = Stage.make("prepare", {
  version: 1,
  input: {},
  parameters: { size: Schema.Int, seed: Schema.Int.pipe(Schema.withConstructorDefault(Effect.succeed(1))) },
  output: Schema.Struct({ images: Schema.Int }),
  run: (_, { size, seed }) => Effect.succeed({ images: size + seed })
})

export const train = Stage.make("train", {
  version: 1,
  input: { data: prepare.output },
  parameters: {},
  output: Schema.Struct({ loss: Schema.Finite }),
  run: ({ data }) =>
    Effect.gen(function* () {
      const { speed } = yield* Engine
      const { url } = yield* Tracker
      if (url === "") return yield* new Offline({})
      return speed > 0 ? { loss: data.images / speed } : yield* new OutOfFuel({})
    })
})

/** With an activity, which adds neither to errors nor to requirements. */
export const read = Stage.make("read", {
  version: 1,
  input: {},
  parameters: {},
  output: Schema.Int,
  run: () => Effect.succeed(1).pipe(Stage.activity("one", Schema.Int))
})
export const data = prepare({}, { size: 3 })
export const model = train({ data })
export const engine = Layer.succeed(Engine, { speed: 1 })
export const tracker = Layer.succeed(Tracker, { url: "here" })
export const cache = CacheDirectory.layerTemporary
/** A program that handles everything, as the entry of a process has to. */
export const whole = <A>(program: Effect.Effect<A>) => program
`

/** What handles every error of the run. */
const handled =
  'Effect.catchTag(["OutOfFuel", "Offline", "CacheError", "StageDied", "StageRefused"], () => Effect.succeed({ loss: 0 }))'

const cases: { readonly [name: string]: Case } = {
  "compiles when nothing is missing": {
    code: `
const all = Layer.mergeAll(engine, tracker, cache)
whole(Pipeline.run(model).pipe(Effect.provide(all), ${handled}))
const reading: Pipeline.Runnable = read({})
const runnable: Pipeline.Runnable = model.pipe(Pipeline.provide(Layer.merge(engine, tracker)))
whole(Pipeline.run(train.pipe(Stage.provide(engine), Stage.provide(tracker), Stage.through(Effect.retry({ times: 2 })))({ data })).pipe(Effect.provide(cache), ${handled}))
const Parameters = Schema.Struct({ epochs: Schema.Int })
const parametrized = Pipeline.fromParameters(Parameters, ({ epochs }) => {
  const whole: number = epochs
  return model.pipe(Pipeline.map((made) => ({ made, whole })), Pipeline.provide(Layer.merge(engine, tracker)))
}) satisfies Pipeline.Runnable
whole(Pipeline.run(parametrized({ epochs: 3 })).pipe(Effect.provide(cache), ${handled}))
export { reading, runnable, parametrized }`,
    says: []
  },
  "parameters that do not fit their Schema": {
    code: `
const parametrized = Pipeline.fromParameters(Schema.Struct({ epochs: Schema.Int }), () => model)
export const one = parametrized({ epochs: "3" })
export const other = parametrized({})`,
    says: [/'string' is not assignable to type 'number'/, /'epochs' is missing in type '\{\}'/]
  },
  "a layer forgotten for a pipeline with parameters": {
    code: `
export const pipeline: Pipeline.Runnable = Pipeline.fromParameters(Schema.Struct({ epochs: Schema.Int }), () =>
  model.pipe(Pipeline.provide(engine)))`,
    says: [/'Tracker' is not assignable to type 'never'/]
  },
  "a forgotten layer": {
    code: `whole(Pipeline.run(model).pipe(Effect.provide(Layer.merge(tracker, cache)), ${handled}))`,
    says: [/'Engine' is not assignable to type 'never'/]
  },
  "another forgotten layer": {
    code: `whole(Pipeline.run(model).pipe(Effect.provide(Layer.merge(engine, cache)), ${handled}))`,
    says: [/'Tracker' is not assignable to type 'never'/]
  },
  "an activity outside of a stage": {
    code: `Effect.runSync(Effect.succeed(1).pipe(Stage.activity("one", Schema.Int)))`,
    says: [/'WorkflowEngine \| WorkflowInstance' is not assignable to type 'never'/]
  },
  "an activity whose Schema does not fit": {
    code: `export const read = Effect.succeed("text").pipe(Stage.activity("one", Schema.Int))`,
    says: [/'string' is not assignable to type 'number'/]
  },
  "a forgotten cache": {
    code: `whole(Pipeline.run(model).pipe(Effect.provide(Layer.merge(engine, tracker)), ${handled}))`,
    says: [/'StageCache' is not assignable to type 'never'/]
  },
  "a layer forgotten for a module that the command line runs": {
    code: "export const pipeline: Pipeline.Runnable = model.pipe(Pipeline.provide(engine))",
    says: [/'Tracker' is not assignable to type 'never'/]
  },
  "an unhandled error": {
    code: `
whole(Pipeline.run(model).pipe(Effect.provide(Layer.mergeAll(engine, tracker, cache)), Effect.catchTag(["Offline", "CacheError", "StageDied", "StageRefused"], () => Effect.succeed({ loss: 0 }))))`,
    says: [/'OutOfFuel' is not assignable to type 'never'/]
  },
  "the error that a timeout adds": {
    code: `
const timed = train.pipe(Stage.through(Effect.timeout("1 hour")))
whole(Pipeline.run(timed({ data })).pipe(Effect.provide(Layer.mergeAll(engine, tracker, cache)), ${handled}))`,
    says: [/'TimeoutError' is not assignable to type 'never'/]
  },
  "two stages that do not fit": {
    code: "train({ data: model })",
    says: [/Property 'images' is missing in type '\{ readonly loss: number; \}'/, /loss/]
  },
  "an input left out": { code: "train({})", says: [/Property 'data' is missing/] },
  "an input too many": {
    code: "train({ data, epochs: 3 })",
    says: [/Type 'number' is not assignable to type 'number & NoSuchInput<"epochs">'/]
  },
  "a parameter left out": { code: "prepare({}, { seed: 2 })", says: [/Property 'size' is missing/] },
  "parameters left out": { code: "prepare({})", says: [/Expected 2 arguments, but got 1/] },
  "a parameter of another type": {
    code: 'prepare({}, { size: "large" })',
    says: [/'string' is not assignable to type 'number'/]
  },
  "an output of another type": {
    code: `
Stage.make("lies", { version: 1, input: {}, parameters: {}, output: Schema.Finite, run: () => Effect.succeed("a") })`,
    says: [/'string' is not assignable to type 'number'/]
  },
  "a value taken for another": {
    code: "export const images = Pipeline.map(model, ({ images }) => images)",
    says: [/Property 'images' does not exist on type '\{ readonly loss: number; \}'/]
  }
}

describeRefusals(prelude, cases)
