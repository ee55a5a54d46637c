import { existsSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import sharp from "sharp"
import type { Purpose } from "../../../../src/pipeline/module/TaskModule.ts"
import * as Dataset from "../../../../src/pipeline/task/Dataset.ts"
import type { ClassificationPlan } from "../../../../src/tasks/imageClassification/ClassificationPlan.ts"
import type { ClassificationBatch } from "../../../../src/tasks/imageClassification/data/Batch.ts"
import * as ClassificationData from "../../../../src/tasks/imageClassification/data/ClassificationData.ts"
import { digits, folderOf, idx, png, services } from "../Files.ts"
import * as Plans from "../Plans.ts"

const open = (plan: ClassificationPlan, purpose: Purpose = "train", seed = 1) =>
  ClassificationData.open(plan, { seed, purpose })

/** Every batch of an epoch. */
const batches = (set: Dataset.Dataset<ClassificationBatch>, epoch = 0) =>
  Effect.forEach(
    Array.from({ length: set.length }, (_, i) => i),
    (index) => set.batch(epoch, index)
  )

const names = (all: ReadonlyArray<ClassificationBatch>) => all.flatMap((batch) => batch.names)

/** `name=label`, sorted. */
const labelled = (all: ReadonlyArray<ClassificationBatch>) =>
  all.flatMap((batch) => batch.names.map((name, i) => `${name}=${batch.labels.data[i]}`)).toSorted()

const refusal = (plan: ClassificationPlan, purpose: Purpose = "train") =>
  Effect.map(Effect.flip(open(plan, purpose)), ({ message }) => message)

const test = it.effect

const scoped = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.scoped, Effect.provide(services))

describe("ClassificationData of idx files", () => {
  test("keeps t10k for tests and validates on a part of each class of train", () =>
    Effect.gen(function* () {
      const root = yield* folderOf({ ...digits("train", 30), ...digits("t10k", 7) })
      const plan = Plans.digits(root, { val_fraction: 0.2 })
      const { train, val, warnings } = yield* open(plan)
      assert.deepStrictEqual([train.samples, train.length, val.samples, val.length], [24, 6, 6, 2])
      assert.deepStrictEqual(warnings, [])
      yield* Dataset.check(train)
      yield* Dataset.check(val)
      const validated = yield* batches(val)
      assert.deepStrictEqual(
        validated.map(({ images }) => images.shape),
        [
          [5, 4, 4, 1],
          [1, 4, 4, 1]
        ]
      )
      const both = [...names(validated), ...names(yield* batches(train))].toSorted()
      assert.deepStrictEqual(
        both,
        Array.from({ length: 30 }, (_, i) => `train-${String(i).padStart(2, "0")}`)
      )
      const { test: tests } = yield* open(plan, "test")
      const tested = tests === undefined ? [] : yield* batches(tests)
      assert.deepStrictEqual(
        labelled(tested),
        Array.from({ length: 7 }, (_, i) => `t10k-${i}=${i % 3}`)
      )
    }).pipe(scoped))

  test("gives pictures in 0..1, normalised", () =>
    Effect.gen(function* () {
      const root = yield* folderOf({ ...digits("train", 30), ...digits("t10k", 7) })
      const { test: tests } = yield* open(Plans.digits(root, { mean: [0.5], std: [0.25] }), "test")
      const [first] = tests === undefined ? [] : yield* batches(tests)
      const second = first?.images.data.subarray(16, 32)
      assert.deepStrictEqual(
        second && [...second],
        Array.from({ length: 16 }, (_, i) => Math.fround(((i === 5 ? 255 : 1) / 255 - 0.5) / 0.25))
      )
      assert.deepStrictEqual(first?.classes, ["0", "1", "2"])
    }).pipe(scoped))

  test("validates on t10k where val_fraction is 0, with a warning", () =>
    Effect.gen(function* () {
      const root = yield* folderOf({ ...digits("train", 8), ...digits("t10k", 7) })
      const { train, val, warnings = [] } = yield* open(Plans.digits(root, { val_fraction: 0 }))
      assert.deepStrictEqual([train.samples, val.samples], [8, 7])
      assert.match(warnings.join(), /the test samples also validate/)
    }).pipe(scoped))

  test("tests what validates where there is no t10k", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const { test: tests, val } = yield* open(Plans.digits(root), "test")
      assert.isUndefined(tests)
      assert.strictEqual(val.samples, 3)
      assert.match(
        yield* refusal(Plans.digits(root, { val_fraction: 0 })),
        /^data\.val_fraction=0: no sample is left to validate on\. /
      )
    }).pipe(scoped))

  test("shuffles each epoch anew, and gives the same batch again", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const plan = Plans.digits(root, { augment: { shift: 0.2, rotate: 20, mixup: 0.5 } })
      const { train } = yield* open(plan)
      const again = yield* open(plan)
      const other = yield* open(plan, "train", 2)
      assert.deepStrictEqual(yield* again.train.batch(3, 1), yield* train.batch(3, 1))
      const order = (set: typeof train, epoch: number) => Effect.map(batches(set, epoch), names)
      assert.notDeepEqual(yield* order(train, 0), yield* order(train, 1))
      assert.notDeepEqual(yield* order(train, 0), yield* order(other.train, 0))
    }).pipe(scoped))

  test("gives the same batches from threads", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const augment = { shift: 0.2, rotate: 20, erase: 0.5, mixup: 0.5 }
      const here = yield* open(Plans.digits(root, { augment }))
      const there = yield* open(Plans.digits(root, { augment, workers: 2 }))
      assert.deepStrictEqual(yield* batches(there.train, 1), yield* batches(here.train, 1))
      assert.deepStrictEqual(yield* batches(there.val), yield* batches(here.val))
    }).pipe(scoped))

  test("gives the same batches from threads with a list of transforms", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const transforms = [
        { kind: "augment" },
        { kind: "resized_crop" },
        { kind: "rotate", degrees: 20 },
        { kind: "flip" },
        { kind: "perspective" },
        { kind: "elastic", spacing: 8 },
        { kind: "colour" },
        { kind: "noise" },
        { kind: "cutout", size: [0.3, 0.5] },
        { kind: "cutmix", p: 0.5 },
        { kind: "mixup" }
      ]
      const here = yield* open(Plans.digits(root, { transforms }))
      const there = yield* open(Plans.digits(root, { transforms, workers: 2 }))
      const [made, plain] = [yield* batches(here.train, 1), yield* open(Plans.digits(root))]
      assert.deepStrictEqual(yield* batches(there.train, 1), made)
      assert.deepStrictEqual(names(made), names(yield* batches(plain.train, 1)))
      assert.deepStrictEqual(made[0]?.images.shape, [4, 4, 4, 1])
      assert.isTrue(made.every(({ mixed }) => mixed !== undefined))
      assert.deepStrictEqual(yield* batches(here.val), yield* batches(plain.val))
    }).pipe(scoped))

  test("shows pictures as they are with an empty list, and as data.augment says with its name in one", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const augment = { shift: 0.2, rotate: 20, scale: [0.8, 1.2], flip: 0.5, brightness: 0.2, mixup: 0.5 }
      const first = (data: object) =>
        Effect.flatMap(open(Plans.digits(root, data)), ({ train }) => train.batch(1, 0))
      const apart = (a: ClassificationBatch, b: ClassificationBatch) =>
        a.images.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.images.data[i] ?? 0))), 0)
      const plain = yield* first({})
      assert.deepStrictEqual(yield* first({ transforms: [], augment }), plain)
      const usual = yield* first({ augment })
      const named = yield* first({ augment, transforms: [{ kind: "augment" }] })
      // Values are rounded to bytes between the two, of which one is 1 / 255 / 0.3081 here.
      assert.isBelow(apart(named, usual), 2.5 / 255 / 0.3081)
      assert.isAbove(apart(plain, usual), 0.2)
      assert.deepStrictEqual(named.mixed, usual.mixed)
    }).pipe(scoped))

  test("puts a rectangle of another picture in, and says which part of the label remains", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const plain = yield* open(Plans.digits(root))
      const cut = yield* open(Plans.digits(root, { transforms: [{ kind: "cutmix" }] }))
      let moved = 0
      for (let index = 0; index < cut.train.length; index++) {
        const [before, after] = [yield* plain.train.batch(2, index), yield* cut.train.batch(2, index)]
        const { mixed } = after
        assert.deepStrictEqual(after.labels, before.labels)
        const own = (i: number) => after.images.data[i] === before.images.data[i]
        const kept = Array.from({ length: 64 }, (_, i) => i).filter(own).length / 64
        // Pixels of two pictures may be alike.
        assert.isAtLeast(kept, mixed?.part ?? 2)
        if (kept < 1) moved++
        assert.deepStrictEqual([...(mixed?.labels.data ?? [])].toSorted(), [...before.labels.data].toSorted())
      }
      assert.isAbove(moved, 0)
    }).pipe(scoped))

  test("tells its samples apart by a digest, wherever they lie", () =>
    Effect.gen(function* () {
      const digests = Effect.fnUntraced(function* (root: string, data: object = {}) {
        const { train, val } = yield* open(Plans.digits(root, data))
        return [yield* train.fingerprint ?? Effect.succeed(""), yield* val.fingerprint ?? Effect.succeed("")]
      })
      const first = yield* digests(yield* folderOf(digits("train", 30)))
      assert.match(first[0] ?? "", /^sha256:[0-9a-f]{64}$/)
      assert.notStrictEqual(first[0], first[1])
      const moved = yield* folderOf(digits("train", 30))
      assert.deepStrictEqual(yield* digests(moved, { workers: 1 }), first)
      assert.notDeepEqual(yield* digests(moved, { split_seed: 1 }), first)
      const { "train-images-idx3-ubyte.gz": _, ...labels } = digits("train", 30)
      const pixels = { "train-images-idx3-ubyte": idx([30, 4, 4], new Uint8Array(480)) }
      const other = yield* digests(yield* folderOf({ ...labels, ...pixels }))
      assert.notStrictEqual(other[0], first[0])
      assert.notStrictEqual(other[1], first[1])
    }).pipe(scoped))

  test("mixes pictures and says with which labels", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const plain = (yield* open(Plans.digits(root))).train
      const mixing = (yield* open(Plans.digits(root, { augment: { mixup: 0.9 } }))).train
      const before = yield* plain.batch(0, 0)
      const after = yield* mixing.batch(0, 0)
      const { mixed } = after
      assert.isDefined(mixed)
      if (mixed === undefined) return
      assert.deepStrictEqual(after.labels, before.labels)
      assert.deepStrictEqual([...mixed.labels.data].toSorted(), [...before.labels.data].toSorted())
      // The whole batch has the same sum, as every picture is once the second.
      const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0)
      assert.closeTo(sum(after.images.data), sum(before.images.data), 1e-3)
      assert.notDeepEqual(after.images.data, before.images.data)
    }).pipe(scoped))

  test("warns of another size, of classes that nothing shows, and names the size that fits", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 30))
      const { warnings = [], train } = yield* open(Plans.digits(root, { classes: 5, height: 8 }))
      assert.match(
        warnings.join("\n"),
        /have 4 x 4 pixels and are scaled to 4 x 8: data\.height=4 data\.width=4 keeps/
      )
      assert.match(warnings.join("\n"), /no training sample has the class 3, 4/)
      const { images, classes } = yield* train.batch(0, 0)
      assert.deepStrictEqual(images.shape, [4, 8, 4, 1])
      assert.deepStrictEqual(classes, ["0", "1", "2", "3", "4"])
    }).pipe(scoped))

  test("refuses labels beyond the classes with the number that fits", () =>
    Effect.gen(function* () {
      const root = yield* folderOf({ ...digits("train", 30), ...digits("t10k", 7) })
      for (const purpose of ["train", "test"] as const) {
        assert.match(
          yield* refusal(Plans.digits(root, { classes: 2 }), purpose),
          /^data\.classes=2: .+-labels-idx1-ubyte\.gz has the label 2, and labels count from 0\. Set data\.classes=3\.$/
        )
      }
      assert.match(
        yield* refusal(Plans.digits(root, { classes: ["a", "b"] })),
        /^data\.classes=\[a, b\]: .+ Name 3 classes, or set data\.classes=3\.$/
      )
    }).pipe(scoped))

  test("refuses missing files, and labels for another number of pictures", () =>
    Effect.gen(function* () {
      const empty = yield* folderOf({ "readme.txt": "" })
      assert.match(yield* refusal(Plans.digits(empty)), /there is no train-images-idx3-ubyte or train-images/)
      assert.match(
        yield* refusal(Plans.digits(`${empty}/none`)),
        /none: no such file or folder\. A folder for idx/
      )
      assert.match(
        yield* refusal(Plans.digits(`${empty}/readme.txt`)),
        /readme\.txt: it is a file, not a folder/
      )
      const { "train-labels-idx1-ubyte.gz": _, ...half } = digits("train", 9)
      assert.match(
        yield* refusal(Plans.digits(yield* folderOf(half))),
        /there is no train-labels-idx1-ubyte or /
      )
      const odd = { ...digits("train", 9), "train-labels-idx1-ubyte.gz": gzipSync(idx([2], [0, 1])) }
      assert.match(yield* refusal(Plans.digits(yield* folderOf(odd))), /it has 2 labels for 9 pictures/)
    }).pipe(scoped))

  test("refuses fewer samples than a batch, and lists of the wrong length", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(digits("train", 6))
      assert.match(
        yield* refusal(Plans.digits(root, { val_fraction: 0.5 })),
        /3 training samples do not fill one batch of 4\. .*data\.batch_size=3 or less/
      )
      assert.match(
        yield* refusal(Plans.digits(root, { mean: [0.1, 0.2] })),
        /^data\.mean=\[0\.1, 0\.2\]: it has 2 numbers where 1 are wanted, one for each channel/
      )
      assert.match(
        yield* refusal(Plans.digits(root, {}, { loss: { class_weights: [1, 2] } })),
        /^loss\.class_weights=\[1, 2\]: it has 2 numbers where 3 are wanted, one for each class/
      )
      assert.match(
        yield* refusal(Plans.digits(root, { height: 16_384, width: 16_384, val_batch_size: 8 })),
        /^data\.val_batch_size=8: .+ takes more than 4 GiB\. Set data\.val_batch_size=4 or less/
      )
    }).pipe(scoped))

  const mini = new URL("../../../../../shared/data/mnist-mini", import.meta.url).pathname
  test.skipIf(!existsSync(mini))("of mnist-mini opens whole (skipped without ../shared)", () =>
    Effect.gen(function* () {
      const plan = Plans.plan({ data: { kind: "idx", root: mini, workers: 0 } })
      const { train, val, warnings } = yield* open(plan)
      assert.deepStrictEqual([train.samples, val.samples, warnings], [7168, 799, []])
      assert.strictEqual((yield* open(plan, "test")).test?.samples, 2000)
    }).pipe(scoped)
  )
})

/** Four red pictures and four blue ones, in the folders of their classes. */
const classFolders = Effect.gen(function* () {
  const [red, blue] = [yield* png([255, 0, 0]), yield* png([0, 0, 255], 16, 8)]
  return Object.fromEntries(
    [1, 2, 3, 4].flatMap((i) => [
      [`red/${i}.png`, red],
      [`blue/more/${i}.png`, blue]
    ])
  )
})

describe("ClassificationData of folders", () => {
  test("takes folders for classes, sorted, with all pictures below them", () =>
    Effect.gen(function* () {
      const root = yield* folderOf({ ...(yield* classFolders), "blue/.hidden.png": "", "notes.txt": "" })
      const { train, val, warnings = [] } = yield* open(Plans.folder(root))
      // The pictures of a class are of one colour and so the same.
      assert.deepStrictEqual(warnings.length, 1)
      assert.match(warnings.join(), /^parts of the data share samples.+ are the same file/)
      const all = [...(yield* batches(train)), ...(yield* batches(val))]
      assert.deepStrictEqual(labelled(all), [
        ...[1, 2, 3, 4].map((i) => `blue/more/${i}.png=0`),
        ...[1, 2, 3, 4].map((i) => `red/${i}.png=1`)
      ])
      assert.deepStrictEqual(all[0]?.classes, ["blue", "red"])
      assert.deepStrictEqual([train.samples, val.samples], [6, 2])
    }).pipe(scoped))

  test("reads colours by channel, or grey", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(yield* classFolders)
      const pixel = Effect.fnUntraced(function* (data: object) {
        const { val } = yield* open(Plans.folder(root, { mean: [0], std: [1], ...data }))
        const [batch] = yield* batches(val)
        const channels = batch?.images.shape[3] ?? 0
        // Blue comes first, as the classes are sorted.
        return [...(batch?.images.data.subarray(0, channels) ?? [])]
      })
      assert.deepStrictEqual(yield* pixel({}), [0, 0, 1])
      assert.deepStrictEqual(yield* pixel({ channels: 1 }), [Math.fround(29 / 255)])
    }).pipe(scoped))

  test("tells its pictures apart by their names, classes and sizes", () =>
    Effect.gen(function* () {
      const files = yield* classFolders
      const digest = Effect.fnUntraced(function* (more: { readonly [path: string]: Uint8Array }) {
        const { train } = yield* open(Plans.folder(yield* folderOf({ ...files, ...more })))
        return yield* train.fingerprint ?? Effect.succeed("")
      })
      const first = yield* digest({})
      assert.match(first, /^sha256:/)
      assert.strictEqual(yield* digest({}), first)
      assert.notStrictEqual(yield* digest({ "red/5.png": yield* png([255, 0, 0]) }), first)
    }).pipe(scoped))

  test("keeps the order of the classes that the plan lists", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(yield* classFolders)
      const { val, warnings = [] } = yield* open(Plans.folder(root, { classes: ["red", "green", "blue"] }))
      const [batch] = yield* batches(val)
      assert.deepStrictEqual(batch?.classes, ["red", "green", "blue"])
      assert.deepStrictEqual([...(batch?.labels.data ?? [])], [2, 0])
      assert.match(warnings.join(), /no training sample has the class green/)
    }).pipe(scoped))

  test("reads train, val and test where they are there, and only those", () =>
    Effect.gen(function* () {
      const pictures = Object.entries(yield* classFolders)
      const part = (name: string) =>
        Object.fromEntries(pictures.map(([file, bytes]) => [`${name}/${file}`, bytes]))
      const root = yield* folderOf({
        ...part("train"),
        ...part("test"),
        ...part("valid"),
        "train/loose.png": "x"
      })
      const plan = Plans.folder(root)
      const { train, val, warnings = [] } = yield* open(plan)
      assert.deepStrictEqual([train.samples, val.samples], [6, 2])
      assert.match(warnings.join("\n"), /1 pictures in .*train lie beside the folders/)
      assert.match(warnings.join("\n"), /only train, val and test are read, and not valid/)
      const { test: tests } = yield* open(plan, "test")
      assert.strictEqual(tests?.samples, 8)
      assert.match(
        names(tests === undefined ? [] : yield* batches(tests))[0] ?? "",
        /^test\/blue\/more\/1\.png$/
      )
    }).pipe(scoped))

  test("keeps a part for tests where it is asked for", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(yield* classFolders)
      const plan = Plans.folder(root, { test_fraction: 0.25 })
      const { train, val } = yield* open(plan)
      const { test: tests } = yield* open(plan, "test")
      assert.deepStrictEqual([train.samples, val.samples, tests?.samples], [4, 2, 2])
      const all = [train, val, ...(tests === undefined ? [] : [tests])]
      const seen = (yield* Effect.forEach(all, (set) => batches(set))).flatMap(names)
      assert.strictEqual(new Set(seen).size, 8)
    }).pipe(scoped))

  test("takes folders called train and test for classes where pictures are in them", () =>
    Effect.gen(function* () {
      const picture = yield* png([1, 2, 3])
      const files = Object.fromEntries(
        [1, 2, 3, 4].flatMap((i) => [
          [`train/${i}.png`, picture],
          [`tram/${i}.png`, picture]
        ])
      )
      const { train } = yield* open(Plans.folder(yield* folderOf(files)))
      assert.deepStrictEqual((yield* train.batch(0, 0)).classes, ["train", "tram"])
    }).pipe(scoped))

  test("refuses another number of classes with the right one, and folders that the list lacks", () =>
    Effect.gen(function* () {
      const root = yield* folderOf(yield* classFolders)
      assert.match(
        yield* refusal(Plans.folder(root, { classes: 7 })),
        /^data\.classes=7: .+ has 2 classes: blue, red\. Set data\.classes=2\.$/
      )
      assert.match(
        yield* refusal(Plans.folder(root, { classes: ["red", "green"] })),
        /^data\.classes=\[red, green\]: .+ has classes that are not in the list: blue\. /
      )
      const parts = Object.entries(yield* classFolders).map(
        ([file, bytes]) => [`train/${file}`, bytes] as const
      )
      const odd = yield* folderOf({ ...Object.fromEntries(parts), "val/blau/1.png": yield* png([0, 0, 255]) })
      assert.match(
        yield* refusal(Plans.folder(odd)),
        /val\/blau: train has no class of this name\. .*blue, red/
      )
    }).pipe(scoped))

  test("fails on pictures that cannot be read, all in one, or leaves them out with a warning", () =>
    Effect.gen(function* () {
      const whole = yield* png([255, 0, 0], 32, 32)
      const root = yield* folderOf({
        ...(yield* classFolders),
        "red/broken.png": whole.subarray(0, whole.length - 20),
        "red/text.jpg": "hello",
        "blue/drawing.svg": "<svg/>"
      })
      const said = yield* refusal(Plans.folder(root))
      assert.match(said, /: 3 problems\n/)
      assert.match(said, /broken\.png: the picture is corrupt/)
      assert.match(said, /text\.jpg: it is not a picture in a supported format/)
      assert.match(said, /drawing\.svg: its format is not supported/)
      assert.match(said, /data\.on_bad_sample=skip/)
      const opened = yield* open(Plans.folder(root, { on_bad_sample: "skip" }))
      const { train, val, warnings = [], skipped = [] } = opened
      assert.strictEqual(train.samples + val.samples, 8)
      assert.match(warnings.join("\n"), /^3 samples cannot be used and were left out, the first at .+/m)
      assert.deepStrictEqual(skipped.map(({ where }) => where).toSorted(), [
        `${root}/blue/drawing.svg`,
        `${root}/red/broken.png`,
        `${root}/red/text.jpg`
      ])
      yield* batches(train)
    }).pipe(scoped))

  test("takes the first of several pages and says so, or the page that a table names", () =>
    Effect.gen(function* () {
      const pages = [yield* png([255, 0, 0], 8, 8), yield* png([0, 0, 255], 8, 8)]
      const tiff = yield* Effect.promise(() =>
        sharp(pages.map(Buffer.from), { join: { animated: true } })
          .tiff({ compression: "lzw" })
          .toBuffer()
      )
      const root = yield* folderOf({ ...(yield* classFolders), "red/scan.tiff": tiff })
      const { warnings = [] } = yield* open(Plans.folder(root))
      assert.include(
        warnings.join("\n"),
        `1 picture has several pages or frames, of which the first is used, the first at ${root}/red/scan.tiff: it has 2`
      )
      const csv = yield* folderOf({
        "pages.csv":
          "path,label,split\nred/scan.tiff#page=1,red,train\nred/scan.tiff#page=2,blue,train\nred/1.png,red,val\n"
      })
      const named = yield* open(Plans.csv(`${csv}/pages.csv`, { root, batch_size: 2 }))
      assert.notMatch((named.warnings ?? []).join(), /pages/)
      yield* batches(named.train)
      yield* named.train.fingerprint ?? Effect.die("no fingerprint")
    }).pipe(scoped))

  test("refuses a folder without folders, and classes without a picture", () =>
    Effect.gen(function* () {
      assert.match(
        yield* refusal(Plans.folder(yield* folderOf({ "a.png": "" }))),
        /there is no folder in it\. /
      )
      const root = yield* folderOf({ "a/x.txt": "", "b/y.txt": "" })
      assert.match(yield* refusal(Plans.folder(root)), /no sample is left to validate on/)
      assert.match(yield* refusal(Plans.folder(`${root}/c`)), /c: no such file or folder\. /)
    }).pipe(scoped))
})

describe("ClassificationData of tables", () => {
  const table = Effect.fnUntraced(function* (text: string, more: { readonly [path: string]: string } = {}) {
    const root = yield* folderOf({ ...(yield* classFolders), ...more, "data/table.csv": text })
    return { file: `${root}/data/table.csv`, root }
  })

  const all = [1, 2, 3, 4].flatMap((i) => [`red/${i}.png,warm`, `blue/more/${i}.png,cold`])

  test("reads paths from a folder, and classes by name", () =>
    Effect.gen(function* () {
      const { file, root } = yield* table(
        ["label,path", ...all.map((row) => row.split(",").toReversed().join(","))].join("\n")
      )
      const { train, val } = yield* open(Plans.csv(file, { root }))
      const both = [...(yield* batches(train)), ...(yield* batches(val))]
      assert.deepStrictEqual(both[0]?.classes, ["cold", "warm"])
      assert.include(labelled(both), "blue/more/3.png=0")
      assert.include(labelled(both), "red/2.png=1")
      assert.strictEqual(names(both).length, 8)
    }).pipe(scoped))

  test("takes a path from the folder of the file, and other names for columns", () =>
    Effect.gen(function* () {
      const rows = all.map((row) => `../${row}`)
      const { file } = yield* table(["file,what", ...rows].join("\n"))
      const { train } = yield* open(Plans.csv(file, { path_column: "file", label_column: "what" }))
      assert.strictEqual(train.samples, 6)
      assert.match(
        yield* refusal(Plans.csv(file)),
        /table\.csv:1: there is no column path: the columns are file, what\. .*data\.path_column/
      )
    }).pipe(scoped))

  test("divides by the column for it, and by fractions what it leaves open", () =>
    Effect.gen(function* () {
      const parts = ["train", "train", "train", "train", "val", "train", "test", "test"]
      const rows = all.map((row, i) => `${row},${parts[i]}`)
      const { file, root } = yield* table(["path,label,split", ...rows].join("\n"))
      const { train, val } = yield* open(Plans.csv(file, { root }))
      // Five train, and one of them is left out of batches of two.
      yield* Dataset.check(train)
      assert.deepStrictEqual([train.samples, names(yield* batches(val))], [4, ["red/3.png"]])
      assert.strictEqual((yield* open(Plans.csv(file, { root }), "test")).test?.samples, 2)
      const { file: bare, root: there } = yield* table(
        ["path,label,split", ...all.map((row) => `${row},train`)].join("\n")
      )
      assert.strictEqual((yield* open(Plans.csv(bare, { root: there }))).val.samples, 2)
    }).pipe(scoped))

  test("warns of pictures that train and measure", () =>
    Effect.gen(function* () {
      const rows = [...all.map((row) => `${row},train`), "red/1.png,warm,val", "blue/more/2.png,cold,test"]
      const { file, root } = yield* table(["path,label,split", ...rows].join("\n"))
      const { warnings = [] } = yield* open(Plans.csv(file, { root }))
      assert.strictEqual(warnings.length, 1)
      assert.match(warnings.join(), /red\/1\.png \(train\) and red\/1\.png \(val\) are the same file/)
      const said = yield* refusal(Plans.csv(file, { root, split: { leaks: "fail" } }))
      assert.match(said, /blue\/more\/1\.png \(train\) and blue\/more\/2\.png \(test\) are the same file/)
    }).pipe(scoped))

  test("keeps groups together, and stays as it is by digest when rows are added", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 40 }, (_, i) => `shop${i % 10}_${i}.png`)
      const rows = names.map((name, i) => `${name},${i % 2 === 0 ? "cold" : "warm"}`)
      const pictures = Object.fromEntries(
        yield* Effect.forEach(names, (name, i) =>
          Effect.map(png([i, 2 * i, 255 - i]), (bytes) => [name, bytes] as const)
        )
      )
      const root = yield* folderOf({
        ...pictures,
        "all.csv": ["path,label", ...rows].join("\n"),
        "some.csv": ["path,label", ...rows.filter((_, i) => i % 10 !== 3)].join("\n")
      })
      const split = { by: "digest", stratify: false, group: "/^(shop\\d+)_/" } as const
      const opened = (file: string) => open(Plans.csv(`${root}/${file}`, { root, split, val_fraction: 0.3 }))
      const whole = yield* opened("all.csv")
      const some = yield* opened("some.csv")
      const shops = (labels: ReadonlyArray<string>) => new Set(labels.map((one) => one.replace(/_.*/, "")))
      const named = (set: typeof whole.train) => Effect.map(batches(set), labelled)
      const [train, val] = [yield* named(whole.train), yield* named(whole.val)]
      assert.isAbove(val.length, 0)
      assert.deepStrictEqual(
        [...shops(train)].filter((shop) => shops(val).has(shop)),
        []
      )
      const kept = val.filter((one) => !one.startsWith("shop3_"))
      assert.deepStrictEqual(yield* named(some.val), kept)
      const said = yield* refusal(Plans.csv(`${root}/all.csv`, { root, split: { ...split, stratify: true } }))
      assert.match(said, /only drawn samples have strata/)
    }).pipe(scoped))

  test("names the line of every row that cannot be used, or leaves it out", () =>
    Effect.gen(function* () {
      const bad = [
        "red/9.png,warm,train",
        "red/1.png,,train",
        ",warm,train",
        "red/1.png,warm,dev",
        "red/1.png,warm"
      ]
      const rows = ["path,label,split", ...all.map((row) => `${row},train`), ...bad]
      const { file, root } = yield* table(rows.join("\n"))
      const said = yield* refusal(Plans.csv(file, { root }))
      assert.match(said, /table\.csv: 5 problems\n/)
      assert.match(said, /table\.csv:10: the file does not exist or cannot be read \(.+red\/9\.png\)/)
      assert.match(said, /table\.csv:11: it has no label/)
      assert.match(said, /table\.csv:12: it names no picture/)
      assert.match(said, /table\.csv:13: "dev" is none of train, val and test/)
      assert.match(said, /table\.csv:14: it has 2 fields where the first line has 3/)
      const { train, val, warnings = [] } = yield* open(Plans.csv(file, { root, on_bad_sample: "skip" }))
      assert.strictEqual(train.samples + val.samples, 8)
      assert.match(warnings.join(), /5 samples cannot be used and were left out/)
    }).pipe(scoped))

  test("refuses text that is not UTF-8, a table without rows, an open quote and other classes", () =>
    Effect.gen(function* () {
      const root = yield* folderOf({
        "latin.csv": Uint8Array.of(0x70, 0xe4, 0x0a),
        "empty.csv": "path,label\n"
      })
      assert.match(yield* refusal(Plans.csv(`${root}/latin.csv`)), /latin\.csv: its text is not UTF-8\. /)
      assert.match(yield* refusal(Plans.csv(`${root}/empty.csv`)), /empty\.csv: there is no row in it\. /)
      assert.match(yield* refusal(Plans.csv(`${root}/none.csv`)), /none\.csv: no such file or folder\. /)
      const { file } = yield* table('path,label\na,b\n"c,d\n')
      assert.match(yield* refusal(Plans.csv(file)), /table\.csv:3: a quote is not closed/)
      const three = yield* table(["path,label", ...all, "red/1.png,hot"].join("\n"))
      assert.match(
        yield* refusal(Plans.csv(three.file, { root: three.root })),
        /^data\.classes=2: .+ has 3 classes: cold, hot, warm\. Set data\.classes=3\.$/
      )
    }).pipe(scoped))
})
