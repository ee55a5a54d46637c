import { execFileSync } from "node:child_process"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpFiles from "../../../src/layers/data/HttpFiles.ts"
import { RemoteFiles } from "../../../src/pipeline/shards/RemoteFiles.ts"
import * as Shards from "../../../src/pipeline/shards/Shards.ts"
import * as ShardWriter from "../../../src/pipeline/shards/ShardWriter.ts"
import { served } from "./Server.ts"

const TASK = "my_task"

/** Files of all lengths around a block of tar, with names of their own. */
const contents = [0, 1, 511, 512, 513, 2000, 5000].map((length, i) =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + i) & 0xff)
)

const written = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const root = yield* fs.makeTempDirectoryScoped()
  for (const [i, bytes] of contents.entries()) yield* fs.writeFile(`${root}/file ${i}.JPG`, bytes)
  const samples = contents.map((_, i) => ({ file: `${root}/file ${i}.JPG`, about: { name: `é ${i}`, i } }))
  const folder = `${root}/shards`
  const made = yield* ShardWriter.write(
    {
      facts: { classes: ["a"] },
      parts: [
        { name: "train", samples: samples.slice(0, 5), facts: { n: 5 } },
        { name: "val", samples: samples.slice(5), facts: null },
        { name: "test", samples: [], facts: null }
      ]
    },
    { folder, task: TASK, shardBytes: 4096 }
  )
  return { root, folder, made }
})

const open = (location: string) =>
  Effect.flatMap(Shards.find(location, TASK), (opened) =>
    opened === undefined ? Effect.die(new Error("there are no shards")) : Effect.succeed(opened)
  ).pipe(Effect.provideService(RemoteFiles, HttpFiles.read))

const read = Effect.fnUntraced(
  function* (location: string, part: "train" | "val", index: number) {
    const sample = yield* Shards.reader(yield* open(location), part).sample(index)
    return { bytes: yield* sample.file.read, about: yield* sample.about, extension: sample.file.extension }
  },
  Effect.provideService(RemoteFiles, HttpFiles.read)
)

const failure = (location: string, index = 0) => Effect.flip(read(location, "train", index))

layer(NodeServices.layer, { excludeTestServices: true })("shards", (it) => {
  it.effect("have every sample where the index says, on the disk and behind HTTP", () =>
    Effect.gen(function* () {
      const { folder, made } = yield* written
      assert.deepInclude(made, { samples: 7, shards: 3 })
      const { url } = yield* served(folder)
      const opened = yield* open(folder)
      assert.deepStrictEqual(opened.index.anneal.facts, { classes: ["a"] })
      assert.deepStrictEqual(
        (["train", "val", "test"] as const).map((part) => Shards.sizeOf(opened, part)),
        [5, 2, 0]
      )
      for (const location of [folder, url, `${url}/`, `${url}/index.json`]) {
        for (const [i, bytes] of contents.entries()) {
          const sample = yield* i < 5 ? read(location, "train", i) : read(location, "val", i - 5)
          assert.deepStrictEqual(Uint8Array.from(sample.bytes), bytes)
          assert.deepStrictEqual(sample.about, { name: `é ${i}`, i })
          assert.strictEqual(sample.extension, "jpg")
        }
      }
    })
  )

  it.effect("are archives as tar itself reads them", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { root, folder } = yield* written
      const tar = (...args: ReadonlyArray<string>) => execFileSync("tar", args, { encoding: "utf8" })
      assert.deepStrictEqual(tar("-tf", `${folder}/val-000000.tar`).trim().split("\n"), [
        "000000000.jpg",
        "000000000.json",
        "000000001.jpg",
        "000000001.json"
      ])
      for (const name of ["train-000000.tar", "train-000001.tar"]) tar("-xf", `${folder}/${name}`, "-C", root)
      for (const [i, bytes] of contents.slice(0, 5).entries()) {
        assert.deepStrictEqual(Uint8Array.from(yield* fs.readFile(`${root}/00000000${i}.jpg`)), bytes)
      }
      // The same files make the same archive.
      const again = yield* written
      assert.deepStrictEqual(
        yield* fs.readFile(`${again.folder}/train-000000.tar`),
        yield* fs.readFile(`${folder}/train-000000.tar`)
      )
    })
  )

  it.effect("that are damaged, incomplete or another's fail with their file and place", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { root, folder } = yield* written
      const shard = `${folder}/train-000000.tar`
      const whole = yield* fs.readFile(shard)
      yield* fs.writeFile(
        shard,
        whole.map((byte, at) => (at === 512 + 1024 + 512 ? byte ^ 1 : byte))
      )
      const flipped = yield* failure(folder, 1)
      assert.strictEqual(flipped.where, shard)
      assert.match(flipped.problem, /^000000001\.jpg, 1 bytes from byte 2048, is not what was written there$/)
      yield* fs.writeFile(shard, whole.subarray(0, -600))
      assert.match(
        (yield* failure(folder)).message,
        /train-000000\.tar: it has \d+ bytes, and .*index\.json says \d+/
      )
      yield* fs.remove(shard)
      assert.match((yield* failure(folder)).message, /train-000000\.tar: it cannot be read/)
      yield* fs.writeFile(shard, whole)
      yield* fs.writeFileString(`${folder}/train-000000.table.json`, '{"samples": []}')
      assert.match(
        (yield* failure(folder)).message,
        /table\.json: it does not say where sample 0 of train-000000\.tar/
      )
      yield* fs.writeFileString(`${folder}/train-000000.table.json`, '{"samples": [')
      assert.match((yield* failure(folder)).message, /table\.json: it is not what anneal data pack writes/)
      const index = yield* fs.readFileString(`${folder}/index.json`)
      yield* fs.writeFileString(`${folder}/index.json`, index.replace(TASK, "other_task"))
      assert.match(
        (yield* failure(folder)).message,
        /index\.json: the shards are for the task other_task, not my_task/
      )
      yield* fs.writeFileString(`${folder}/index.json`, index.replace('"nsamples": 2', '"nsamples": -2'))
      assert.match(
        (yield* failure(folder)).message,
        /index\.json: it is not what anneal data pack writes .*shardlist/
      )
      yield* fs.remove(`${folder}/index.json`)
      assert.match(
        (yield* failure(folder)).message,
        /there are shards, such as .*\.tar, but no index of them/
      )
      // A folder of something else.
      assert.isUndefined(yield* Shards.find(root, TASK))
      const full = { folder: root, task: TASK, shardBytes: 1 }
      const refused = (samples: ReadonlyArray<ShardWriter.Sample>) =>
        Effect.flip(
          ShardWriter.write({ facts: null, parts: [{ name: "train", samples, facts: null }] }, full)
        )
      assert.match((yield* refused([{ file: "a.jpg", about: null }])).message, /the folder is not empty/)
      assert.match((yield* refused([])).message, /there is no sample to pack/)
    })
  )

  it.effect("of a server come after faults that pass, and otherwise fail with the address", () =>
    Effect.gen(function* () {
      const { folder } = yield* written
      const { url, faults, asked } = yield* served(folder)
      const opened = yield* open(url)
      const first = Effect.suspend(() =>
        Effect.flatMap(Shards.reader(opened, "train").sample(4), ({ file }) => file.read)
      ).pipe(Effect.provideService(RemoteFiles, HttpFiles.read))
      yield* first
      // The table: half of it, a server too busy, then where it is now; and the file.
      asked.splice(0)
      faults.push(
        { half: true },
        { status: 503 },
        { status: 302, location: `${url}/train-000001.table.json` }
      )
      assert.deepStrictEqual(Uint8Array.from(yield* first), contents[4])
      assert.strictEqual(asked.length, 5)
      faults.push({ status: 404 })
      assert.match((yield* Effect.flip(first)).message, /^http:.*table\.json: the server answers 404/)
      assert.match((yield* failure(`${url}/none`)).message, /none\/index\.json: the server answers 404/)
      yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.truncate(`${folder}/train-000001.tar`, 600))
      assert.match(
        (yield* Effect.flip(first)).message,
        /train-000001\.tar \(bytes \d+ to \d+\): the file ends before these bytes/
      )
      faults.push({ status: 200 })
      assert.match((yield* Effect.flip(first)).message, /table\.json: it is not what anneal data pack writes/)
    })
  )

  it.effect("of a server that is not there, or sends no parts, fail with the address", () =>
    Effect.gen(function* () {
      const { folder } = yield* written
      const { url, faults } = yield* served(folder)
      const part = HttpFiles.read(`${url}/train-000000.tar`, { offset: 512, length: 4 })
      faults.push({ whole: true })
      assert.match((yield* Effect.flip(part)).message, /bytes 512 to 515\): the server cannot send parts/)
      const gone = yield* failure("http://127.0.0.1:1")
      assert.match(gone.message, /^http:\/\/127\.0\.0\.1:1\/index\.json: the server does not answer/)
    })
  )
})
