import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as Schema from "effect/Schema"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Dataset from "../../../src/pipeline/task/Dataset.ts"

/** `[n, 2]`, row i is (i, i / 2), and its number as the label. */
const arrays = (n: number) => ({
  x: HostTensor.make(
    Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? i / 2 : (i - 1) / 4)),
    [n, 2]
  ),
  y: Int32Array.from({ length: n }, (_, i) => i)
})

const numbers = (n: number, name?: string) =>
  Dataset.fromIterable(
    Array.from({ length: n }, (_, i) => i),
    { name }
  )

/** Every batch of the first `epochs` epochs, asked for in the order `turn`. */
const readAll = Effect.fnUntraced(function* <B>(
  dataset: Dataset.Dataset<B>,
  epochs: number,
  turn?: Random.Random
) {
  const places = Array.from({ length: epochs * dataset.length }, (_, i) => i)
  const order = turn === undefined ? places : Array.from(Random.permutation(places.length, turn.int(1e9)))
  const found = new Map<number, B>()
  for (const place of order)
    found.set(place, yield* dataset.batch(Math.floor(place / dataset.length), place % dataset.length))
  return places.map((place) => found.get(place))
})

/** The samples of an epoch. */
const samplesOf = <A>(samples: Dataset.Samples<A>, epoch = 0) =>
  Effect.forEach(
    Array.from({ length: samples.size }, (_, i) => i),
    (i) => samples.sample(epoch, i)
  )

const sorted = (values: ReadonlyArray<number>) => [...values].sort((a, b) => a - b)

const range = (n: number) => Array.from({ length: n }, (_, i) => i)

const refusal = <A>(make: () => A) =>
  Effect.map(Effect.flip(Dataset.catchRefused(Effect.sync(make))), ({ message }) => message)

describe("arrays", () => {
  it.effect("become batches of their rows, the last one smaller", () =>
    Effect.gen(function* () {
      const dataset = Dataset.fromArrays(arrays(5)).pipe(Dataset.batch(2))
      assert.deepStrictEqual([dataset.samples, dataset.length, dataset.batchSize], [5, 3, 2])
      const [first, , last] = yield* readAll(dataset, 1)
      assert.deepStrictEqual(first, {
        x: HostTensor.make(Float32Array.of(0, 0, 1, 0.5), [2, 2]),
        y: HostTensor.make(Int32Array.of(0, 1), [2])
      })
      assert.deepStrictEqual(last, {
        x: HostTensor.make(Float32Array.of(4, 2), [1, 2]),
        y: HostTensor.make(Int32Array.of(4), [1])
      })
    })
  )

  it.effect("may be numbers in arrays, which are float32, or typed, which stay", () =>
    Effect.gen(function* () {
      const samples = Dataset.fromArrays({
        a: [1, 2],
        b: [
          [[1], [2], [3]],
          [[4], [5], [6]]
        ],
        c: Uint8Array.of(7, 8),
        d: [[], []]
      })
      assert.deepStrictEqual(yield* samples.sample(0, 1), {
        a: HostTensor.make(Float32Array.of(2), []),
        b: HostTensor.make(Float32Array.of(4, 5, 6), [3, 1]),
        c: HostTensor.make(Uint8Array.of(8), []),
        d: HostTensor.make(new Float32Array(), [0])
      })
      const batch = yield* samples.pipe(Dataset.batch(2)).batch(0, 0)
      assert.deepStrictEqual(batch.c, HostTensor.make(Uint8Array.of(7, 8), [2]))
      assert.deepStrictEqual(batch.d.shape, [2, 0])
    })
  )

  it.effect("are not given away with a batch", () =>
    Effect.gen(function* () {
      const given = arrays(4)
      const kept = Dataset.fromIterable([{ box: Float32Array.of(1, 2) }])
      const whole = Dataset.fromArrays(given).pipe(Dataset.batch(4))
      const batch = yield* whole.batch(0, 0)
      const boxes = yield* kept.pipe(Dataset.batch(1)).batch(0, 0)
      structuredClone([batch, boxes], {
        transfer: [batch.x.data, batch.y.data, ...boxes.box].map(({ buffer }) => buffer)
      })
      assert.strictEqual(batch.x.data.length, 0)
      assert.strictEqual((yield* whole.batch(1, 0)).x.data.length, 8)
      assert.deepStrictEqual(yield* kept.sample(0, 0), { box: Float32Array.of(1, 2) })
    })
  )

  it.effect("are refused with what differs", () =>
    Effect.gen(function* () {
      const x = HostTensor.make(new Float32Array(6), [3, 2])
      const refused: ReadonlyArray<readonly [() => unknown, string]> = [
        [
          () => Dataset.fromArrays({ x, y: [1, 2] }, { name: "digits" }),
          'digits: "x" has 3 samples and "y" 2. Give arrays with as many of them.'
        ],
        [() => Dataset.fromArrays({}), "data: there are no arrays. Give at least one, such as { x, y }."],
        [
          () => Dataset.fromArrays({ x: [] }),
          "data: it has 0 samples. A data set needs a whole number of them, at least 1."
        ],
        [
          () => Dataset.fromArrays({ x: { data: x.data, shape: [4, 2] } }),
          "data: x: it has the shape [4, 2], which is 8 values, and holds 6. Give tensors or arrays whose first dimension is the sample."
        ],
        [
          () => Dataset.fromArrays({ x: { data: Float32Array.of(1), shape: [] } }),
          "data: x: it is a scalar, without samples. Give tensors or arrays whose first dimension is the sample."
        ],
        [
          () => Dataset.fromArrays({ x: [[1, 2], [3]] }),
          "data: x[1] has the shape [1] and x[0] [2]. Give tensors or arrays whose first dimension is the sample."
        ],
        [
          () => Dataset.fromArrays({ x: [[1], 2] }),
          "data: x holds both numbers and arrays. Give tensors or arrays whose first dimension is the sample."
        ]
      ]
      for (const [make, message] of refused) assert.strictEqual(yield* refusal(make), message)
    })
  )
})

describe("values of an iterable", () => {
  it.effect("are taken once", () =>
    Effect.gen(function* () {
      let taken = 0
      const squares = function* () {
        for (let i = 0; i < 4; i++) {
          taken++
          yield i * i
        }
      }
      const dataset = Dataset.fromIterable(squares()).pipe(Dataset.batch(3))
      assert.deepStrictEqual(yield* readAll(dataset, 2), [[0, 1, 4], [9], [0, 1, 4], [9]])
      assert.strictEqual(taken, 4)
      assert.include(yield* refusal(() => Dataset.fromIterable([])), "it has 0 samples")
    })
  )

  it.effect("are stacked where they are tensors, and listed otherwise", () =>
    Effect.gen(function* () {
      const samples = ["a.png", "b.png"].map((name, i) => ({
        name,
        label: i,
        image: HostTensor.make(Uint8Array.of(i, i), [1, 2])
      }))
      const batch = yield* Dataset.fromIterable(samples).pipe(Dataset.batch(2)).batch(0, 0)
      const image: HostTensor.HostTensor = batch.image
      const names: ReadonlyArray<string> = batch.name
      const labels: ReadonlyArray<number> = batch.label
      assert.deepStrictEqual(image, HostTensor.make(Uint8Array.of(0, 0, 1, 1), [2, 1, 2]))
      assert.deepStrictEqual(
        [names, labels],
        [
          ["a.png", "b.png"],
          [0, 1]
        ]
      )
      const tensors = Dataset.fromIterable(samples.map((sample) => sample.image)).pipe(Dataset.batch(2))
      assert.deepStrictEqual((yield* tensors.batch(0, 0)).shape, [2, 1, 2])
    })
  )

  it.effect("become what collate makes of them", () =>
    Effect.gen(function* () {
      const dataset = numbers(3).pipe(
        Dataset.batch(2, { collate: (some) => ({ sum: some.reduce((sum, one) => sum + one, 0) }) })
      )
      assert.deepStrictEqual(yield* readAll(dataset, 1), [{ sum: 1 }, { sum: 2 }])
    })
  )

  it.effect("that differ in shape or type are no batch", () =>
    Effect.gen(function* () {
      const wide = { x: HostTensor.make(new Float32Array(2), [2]) }
      const long = { x: HostTensor.make(new Float32Array(3), [3]) }
      const whole = { x: HostTensor.make(new Int32Array(2), [2]) }
      const messages = [
        'data: a batch cannot be stacked: "x" of sample 3 has the shape [3] and "x" of sample 2 [2]',
        'data: a batch cannot be stacked: "x" of sample 3 is int32 and "x" of sample 2 float32',
        'data: a batch cannot be stacked: "x" of sample 3 is no tensor, as "x" of sample 2 is'
      ]
      for (const [i, odd] of [long, whole, { x: 4 }].entries()) {
        const dataset = Dataset.fromIterable([wide, wide, wide, odd]).pipe(Dataset.batch(2))
        yield* dataset.batch(0, 0)
        const { message } = yield* Effect.flip(dataset.batch(0, 1))
        assert.strictEqual(message, `${messages[i]}. Bring samples to one shape by map, or give collate.`)
      }
    })
  )
})

describe("a batch", () => {
  const dataset = Dataset.fromArrays(arrays(23)).pipe(
    Dataset.map(({ x, y }, { epoch, index }) => ({ x, y, noise: Random.make(5, epoch, index).float() })),
    Dataset.shuffle(7),
    Dataset.batch(4)
  )

  it.effect("is the same whatever was asked before", () =>
    Effect.gen(function* () {
      const whole = yield* readAll(dataset, 5)
      for (let seed = 0; seed < 10; seed++)
        assert.deepStrictEqual(yield* readAll(dataset, 5, Random.make(seed)), whole)
      // By another process, which begins in the middle.
      const fresh = Dataset.fromArrays(arrays(23)).pipe(
        Dataset.map(({ x, y }, { epoch, index }) => ({ x, y, noise: Random.make(5, epoch, index).float() })),
        Dataset.shuffle(7),
        Dataset.batch(4)
      )
      assert.deepStrictEqual(yield* fresh.batch(3, 2), whole[3 * dataset.length + 2])
    })
  )

  it.effect("is the same of samples that are made side by side, in their order", () =>
    Effect.gen(function* () {
      const slow = Dataset.fromSamples({
        name: "slow",
        size: 9,
        sample: (epoch, index) => {
          const yields = Array.from({ length: 9 - index }, () => Effect.yieldNow)
          return Effect.as(Effect.all(yields), 100 * epoch + index)
        }
      })
      for (const concurrency of [1, 2, 9]) {
        const batches = yield* readAll(slow.pipe(Dataset.batch(4, { concurrency })), 2)
        assert.deepStrictEqual(batches, [
          [0, 1, 2, 3],
          [4, 5, 6, 7],
          [8],
          [100, 101, 102, 103],
          [104, 105, 106, 107],
          [108]
        ])
      }
    })
  )

  it.effect("that would be smaller is left out on demand", () =>
    Effect.gen(function* () {
      const dropping = numbers(7).pipe(Dataset.batch(3, { dropLast: true }))
      assert.deepStrictEqual([dropping.samples, dropping.length], [6, 2])
      assert.deepStrictEqual(yield* readAll(dropping, 1), [
        [0, 1, 2],
        [3, 4, 5]
      ])
      assert.deepStrictEqual(yield* numbers(2).pipe(Dataset.batch(3)).batch(0, 0), [0, 1])
      assert.strictEqual(
        yield* refusal(() => numbers(2, "few").pipe(Dataset.batch(3, { dropLast: true }))),
        "few: 2 samples do not fill one batch of 3, and dropLast leaves out what does not. Give batches of 2 at most, or keep the last batch."
      )
      for (const size of [0, 1.5, Number.NaN])
        assert.include(
          yield* refusal(() => numbers(2).pipe(Dataset.batch(size))),
          `batches of ${size} samples`
        )
    })
  )

  it.effect("and a sample that are not there fail", () =>
    Effect.gen(function* () {
      for (const index of [-1, 6, 0.5]) {
        const { message } = yield* Effect.flip(dataset.batch(0, index))
        assert.strictEqual(message, `data: there is no batch ${index}. Ask for one from 0 to 5.`)
      }
      const { message } = yield* Effect.flip(numbers(5).pipe(Dataset.take(2)).sample(0, 2))
      assert.strictEqual(message, "data: there is no sample 2. Ask for one from 0 to 1.")
    })
  )

  it.effect("changes by a function or an effect, which may fail", () =>
    Effect.gen(function* () {
      const broken = new Dataset.DataError({ where: "b.png", problem: "it is torn", cure: "Mend it." })
      const changed = numbers(4).pipe(
        Dataset.map((one) => Effect.succeed(`${one}`)),
        Dataset.batch(2),
        Dataset.mapBatch((texts, { epoch, index }) => `${texts.join("+")} of ${epoch}:${index}`),
        Dataset.mapBatch((text) => (text.includes("3") ? Effect.fail(broken) : Effect.succeed(text.length)))
      )
      const length: number = yield* changed.batch(2, 0)
      assert.strictEqual(length, "0+1 of 2:0".length)
      assert.strictEqual(yield* Effect.flip(changed.batch(0, 1)), broken)
    })
  )
})

describe("shuffled samples", () => {
  it.effect("are all there in every epoch, in the order of seed and epoch", () =>
    Effect.gen(function* () {
      const shuffled = numbers(50).pipe(Dataset.shuffle(7))
      const epochs = yield* Effect.forEach([0, 1, 2], (epoch) => samplesOf(shuffled, epoch))
      for (const [epoch, order] of epochs.entries())
        assert.deepStrictEqual(order, Array.from(Random.permutation(50, 7, epoch)))
      assert.notDeepEqual(epochs[0], epochs[1])
      assert.notDeepEqual(yield* samplesOf(numbers(50).pipe(Dataset.shuffle(8))), epochs[0])
    })
  )
})

describe("parts", () => {
  it.effect.prop(
    "are disjoint and complete, whatever their number",
    [Schema.Int, Schema.Int, Schema.Array(Schema.Int)],
    ([many, seed, shares]) =>
      Effect.gen(function* () {
        const size = 100 + Math.abs(many % 900)
        // At least a hundredth each, so that no part is empty.
        const cuts = [1, ...shares.slice(0, 8)].map((share) => 1 + Math.abs(share % 10))
        const fractions = cuts.map((cut) => cut / cuts.reduce((sum, one) => sum + one, 0))
        const parts = Dataset.split(fractions.length === 1 ? [size] : fractions, seed)(numbers(size))
        const found = yield* Effect.forEach(parts, (part) => samplesOf(part))
        assert.deepStrictEqual(sorted(found.flat()), range(size))
        for (const part of found) assert.deepStrictEqual(part, sorted(part))
        for (const [i, part] of found.entries())
          if (fractions.length > 1) assert.approximately(part.length, (fractions[i] ?? 0) * size, 1)
      })
  )

  it.effect("are the same by the same seed, in every epoch", () =>
    Effect.gen(function* () {
      const [train, val] = numbers(100).pipe(Dataset.split([0.8, 0.2], 7))
      assert.deepStrictEqual([train.size, val.size], [80, 20])
      const [again] = numbers(100).pipe(Dataset.split([0.8, 0.2], 7))
      const [other] = numbers(100).pipe(Dataset.split([0.8, 0.2], 8))
      assert.deepStrictEqual(yield* samplesOf(again, 3), yield* samplesOf(train))
      assert.notDeepEqual(yield* samplesOf(other), yield* samplesOf(train))
    })
  )

  it.effect("stay the same from version to version", () =>
    Effect.gen(function* () {
      const [train, val] = numbers(10).pipe(Dataset.split([7, 3], 7))
      const found = [yield* samplesOf(train), yield* samplesOf(val)]
      assert.deepStrictEqual(found, [
        [1, 2, 3, 4, 5, 8, 9],
        [0, 6, 7]
      ])
    })
  )

  it.effect("may be counts, and leave samples out", () =>
    Effect.gen(function* () {
      const [one, two, three] = numbers(10).pipe(Dataset.split([5, 2, 1], 1))
      const found = yield* Effect.forEach([one, two, three], (part) => samplesOf(part))
      assert.deepStrictEqual(
        found.map((part) => part.length),
        [5, 2, 1]
      )
      assert.strictEqual(new Set(found.flat()).size, 8)
    })
  )

  it.effect("are refused where they cannot be", () =>
    Effect.gen(function* () {
      const refused: ReadonlyArray<readonly [ReadonlyArray<number>, string]> = [
        [[0.8, 0.3], "data: split([0.8, 0.3]) adds up to 1.1 of 1. Give parts that add up to 1 at most."],
        [[8, 3], "data: split([8, 3]) adds up to 11 of 10. Give parts that add up to 10 at most."],
        [[0.5, 3], "data: split([0.5, 3]) says neither fractions nor counts"],
        [[1.5], "data: split([1.5]) says neither fractions nor counts"],
        [[], "data: split([]) says neither fractions nor counts"],
        [[0.98, 0.02], "data: part 2 of split([0.98, 0.02]) would have none of its 10 samples"]
      ]
      for (const [parts, message] of refused)
        assert.include(yield* refusal(() => numbers(10).pipe(Dataset.split(parts, 1))), message)
      assert.strictEqual(
        yield* refusal(() =>
          numbers(10).pipe(Dataset.shuffle(1), Dataset.take(5), Dataset.split([0.8, 0.2], 1))
        ),
        "data: it is shuffled anew in each epoch, which would mix its parts. Split first, then shuffle the parts."
      )
    })
  )
})

describe("sets of sets", () => {
  it.effect("are the samples of both, or the first of them", () =>
    Effect.gen(function* () {
      const both = numbers(3, "a").pipe(Dataset.concat(Dataset.fromIterable(["x", "y"], { name: "b" })))
      assert.strictEqual(both.name, "a and b")
      assert.deepStrictEqual(yield* samplesOf(both), [0, 1, 2, "x", "y"])
      assert.deepStrictEqual(yield* samplesOf(both.pipe(Dataset.take(4))), [0, 1, 2, "x"])
      assert.deepStrictEqual((yield* samplesOf(both.pipe(Dataset.take(9)))).length, 5)
      assert.include(
        yield* refusal(() => both.pipe(Dataset.take(0))),
        "a and b: take(0). Take a whole number"
      )
    })
  )
})

describe("fingerprints", () => {
  const digest = (set: Pick<Dataset.Dataset<unknown>, "fingerprint">) =>
    set.fingerprint ?? Effect.succeed("none")

  it.effect("tell what is held", () =>
    Effect.gen(function* () {
      const base = Dataset.fromArrays(arrays(9))
      const changed = arrays(9)
      changed.x.data[17] = 9
      const flat = { ...arrays(9), x: HostTensor.make(arrays(9).x.data, [9, 2, 1]) }
      const floats = { ...arrays(9), y: Float32Array.from(arrays(9).y) }
      const { x, y } = arrays(9)
      const digests = yield* Effect.forEach(
        [
          base,
          Dataset.fromArrays(changed),
          Dataset.fromArrays(flat),
          Dataset.fromArrays(floats),
          Dataset.fromArrays({ x }),
          base.pipe(Dataset.take(8)),
          base.pipe(Dataset.take(7)),
          base.pipe(Dataset.concat(base)),
          ...base.pipe(Dataset.split([4, 5], 1)),
          ...base.pipe(Dataset.split([4, 5], 2)),
          numbers(3),
          numbers(4),
          Dataset.fromIterable(["0", "1", "2"]),
          Dataset.fromIterable([-0, 1, 2]),
          Dataset.fromIterable([[0, 1], [2]]),
          Dataset.fromIterable([[0], [1, 2]]),
          Dataset.fromIterable([{ a: "b" }]),
          Dataset.fromIterable([new Map([["a", "b"]])])
        ],
        digest
      )
      assert.strictEqual(new Set(digests).size, digests.length)
      for (const one of digests) assert.match(one, /^sha256:[0-9a-f]{64}$/)
      const same = yield* Effect.forEach(
        [
          Dataset.fromArrays({ y, x }),
          base.pipe(Dataset.take(9)),
          base.pipe(Dataset.shuffle(3)),
          base.pipe(Dataset.map(() => 1)),
          base.pipe(
            Dataset.batch(2),
            Dataset.mapBatch(() => 1)
          ),
          Dataset.firstEpochOnly(base.pipe(Dataset.batch(2)))
        ],
        digest
      )
      assert.deepStrictEqual(
        same,
        same.map(() => digests[0])
      )
    })
  )

  it.effect("stay the same from version to version", () =>
    Effect.gen(function* () {
      // SHA-256, by Python's hashlib, of kinds, lengths and values: record:1:1key:1:xrecord:1:2key:4:data and so on.
      assert.strictEqual(
        yield* digest(Dataset.fromArrays({ x: [1, 2] })),
        "sha256:826eb706dee42e15275d3acced03d1c4625e50bd074ba42a9e05f4d60e472a12"
      )
    })
  )

  it.effect("are absent where a part has none", () =>
    Effect.sync(() => {
      const unknown = Dataset.fromSamples({ name: "files", size: 3, sample: (_, i) => Effect.succeed(i) })
      const sets = [
        unknown,
        numbers(2).pipe(Dataset.concat(unknown)),
        unknown.pipe(Dataset.take(2), Dataset.batch(1))
      ]
      assert.deepStrictEqual(
        sets.map((set) => set.fingerprint),
        [undefined, undefined, undefined]
      )
    })
  )

  it.effect("are computed once", () =>
    Effect.gen(function* () {
      let computed = 0
      const files = Dataset.fromSamples({
        name: "files",
        size: 3,
        sample: (_, i) => Effect.succeed(i),
        fingerprint: Effect.sync(() => `digest ${++computed}`)
      })
      const part = files.pipe(Dataset.take(2), Dataset.shuffle(1), Dataset.batch(1))
      assert.strictEqual(yield* digest(part), yield* digest(part))
      assert.strictEqual(computed, 1)
      const x = new Float32Array(2)
      const own = Dataset.fromArrays({ x })
      const before = yield* digest(own)
      x[0] = 1
      assert.strictEqual(yield* digest(own), before)
    })
  )

  it.effect("cannot be had of functions", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(
        digest(Dataset.fromIterable([{ a: [1, () => 2] }], { name: "odd" }))
      )
      assert.strictEqual(
        message,
        "odd: it has no fingerprint: [0].a[1] is a function. Make samples of plain data, or use fromSamples."
      )
    })
  )
})

describe("a set that lies", () => {
  const honest = Dataset.fromArrays(arrays(10)).pipe(Dataset.batch(4))
  const sizeOf = ({ x }: { readonly x: HostTensor.HostTensor }) => x.shape[0] ?? 0

  const problems = (set: Dataset.Dataset<unknown>) =>
    Effect.match(Dataset.check(set), { onFailure: ({ problem }) => problem, onSuccess: () => "none" })

  it.effect("is known by its counts", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* problems(honest), "none")
      assert.strictEqual(yield* problems({ ...honest, batchSize: undefined, length: 7 }), "none")
      assert.strictEqual(yield* problems({ ...honest, samples: 0 }), "it says it has 0 samples")
      assert.strictEqual(yield* problems({ ...honest, length: 2.5 }), "it says it has 2.5 batches")
      assert.strictEqual(
        yield* problems({ ...honest, batchSize: undefined, length: 11 }),
        "it says it has 11 batches of 10 samples"
      )
      assert.strictEqual(
        yield* problems({ ...honest, length: 2 }),
        "it says it has 10 samples in 2 batches of 4"
      )
    })
  )

  const problem = (set: Dataset.Dataset<unknown>, received: Dataset.Received) =>
    Effect.match(Dataset.checkBatch(set, received), {
      onFailure: ({ message }) => message,
      onSuccess: () => "none"
    })

  it.effect("is known by its batches", () =>
    Effect.gen(function* () {
      for (let index = 0; index < honest.length; index++) {
        const batch = yield* honest.batch(0, index)
        assert.strictEqual(yield* problem(honest, { epoch: 0, index, batch, size: sizeOf(batch) }), "none")
      }
      const batch = yield* honest.batch(0, 2)
      assert.strictEqual(
        yield* problem(honest, { epoch: 3, index: 1, batch, size: 2 }),
        "data, batch 1 of epoch 3: it has 2 samples, and the set says 4. Correct the data set, or the task's sizeOf."
      )
      const open = { ...honest, batchSize: undefined }
      assert.strictEqual(yield* problem(open, { epoch: 0, index: 1, batch, size: 2, before: 8 }), "none")
      assert.include(
        yield* problem(open, { epoch: 0, index: 1, batch, size: 3, before: 8 }),
        "with its 3 samples the epoch has 11, and the set says 10"
      )
      assert.include(
        yield* problem(open, { epoch: 0, index: 0, batch, size: 2.5 }),
        "the task counts 2.5 samples in it"
      )
    })
  )

  it.effect("is known by its tensors", () =>
    Effect.gen(function* () {
      const batch = { name: "a", x: HostTensor.make(new Float32Array(7), [4, 2]) }
      const at = { epoch: 0, index: 0, size: 4 }
      assert.include(
        yield* problem(honest, { ...at, batch }),
        "x: it has the shape [4, 2], which is 8 values, and holds 7"
      )
      assert.include(yield* problem(honest, { ...at, batch: batch.x }), "its tensor: it has the shape [4, 2]")
    })
  )
})

describe("what constructors throw", () => {
  it.effect("fails where somebody asks for it, and nothing else does", () =>
    Effect.gen(function* () {
      const opened = Effect.sync(() => numbers(3).pipe(Dataset.take(-1)))
      assert.strictEqual((yield* Effect.flip(pipe(opened, Dataset.catchRefused))).problem, "take(-1)")
      const bug = yield* Effect.exit(Dataset.catchRefused(Effect.die("a bug")))
      assert.deepStrictEqual(bug, yield* Effect.exit(Effect.die("a bug")))
    })
  )
})
