/**
 * Installs the native engine for real and trains on it. It takes 270 MB and a compiler, so it runs where a wheel is
 * named: ANNEAL_TEST_WHEEL=<tensorflow_cpu…whl>, and ANNEAL_TEST_PACKAGES=<folder of npm pack> where npm is offline.
 */

import { execFileSync, spawn } from "node:child_process"
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync
} from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { program } from "../support/anneal.ts"

const { ANNEAL_TEST_WHEEL: wheel = "", ANNEAL_TEST_PACKAGES: packages } = process.env
if (wheel === "")
  process.stderr.write("skipped: installing engines for real (set ANNEAL_TEST_WHEEL=<wheel>)\n")

const root = mkdtempSync(join(tmpdir(), "anneal-engines-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const run = (env: Record<string, string>, ...args: ReadonlyArray<string>) =>
  new Promise<{ code: number | null; out: string }>((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: root, env: { ...process.env, ...env } })
    let out = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        out += String(chunk)
      })
    }
    child.on("close", (code) => resolve({ code, out }))
  })

const given = packages === undefined ? [] : ["--packages", packages]

const install = (env: Record<string, string>, ...args: ReadonlyArray<string>) =>
  run(env, "engine", "install", "native", ...given, ...args)

const works = async (home: string) => {
  const doctor = await run({ ANNEAL_HOME: home }, "doctor", "--only", "native")
  assert.match(doctor.out, /TensorFlow on the processor.*self-test passed/, doctor.out)
  assert.deepStrictEqual(readdirSync(join(home, "engines")), ["native"])
}

describe.runIf(wheel !== "")("anneal engine install native", () => {
  it("takes a wheel, and what it installs computes", async () => {
    const home = join(root, "wheel")
    const { code, out } = await install({ ANNEAL_HOME: home }, "--wheel", wheel)
    assert.strictEqual(code, 0, out)
    await works(home)
  })

  it("takes a folder that the wheel was unpacked into", async () => {
    const [home, folder] = [join(root, "folder"), join(root, "unpacked")]
    execFileSync("python3", ["-m", "zipfile", "-e", wheel, folder])
    const { code, out } = await install({ ANNEAL_HOME: home }, "--wheel", folder)
    assert.strictEqual(code, 0, out)
    await works(home)
  })

  describe("from the vendor's host", () => {
    const site = join(root, "site", "tensorflow", "libtensorflow")
    const server = createServer((request, response) => {
      const file = join(root, "site", request.url ?? "")
      if (!existsSync(file)) return response.writeHead(404).end()
      response.writeHead(200, { "content-length": statSync(file).size })
      return request.method === "HEAD" ? response.end() : createReadStream(file).pipe(response)
    })

    // Its tarball has the library and the headers as the wheel has them, under other names.
    beforeAll(() => {
      const tree = join(root, "tree")
      mkdirSync(join(tree, "lib"), { recursive: true })
      mkdirSync(site, { recursive: true })
      const unpacked = join(root, "unpacked", "tensorflow")
      for (const [name, target] of [
        ["libtensorflow_cc.so.2", "libtensorflow_cc.so.2"],
        ["libtensorflow_framework.so.2", "libtensorflow_framework.so.2"],
        ["libtensorflow.so", "libtensorflow_cc.so.2"],
        ["libtensorflow_framework.so", "libtensorflow_framework.so.2"]
      ] as const) {
        symlinkSync(join(unpacked, target), join(tree, "lib", name))
      }
      symlinkSync(join(unpacked, "include"), join(tree, "include"))
      const archive = join(site, "libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz")
      execFileSync("tar", ["-chf", archive, "--use-compress-program=gzip -1", "-C", tree, "lib", "include"])
      return new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
    })
    afterAll(() => server.close())

    const vendor = (home: string, env: Record<string, string> = {}) => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const from = { ANNEAL_HOME: home, TFJS_NODE_CDN_STORAGE: `http://127.0.0.1:${port}/` }
      return install({ ...from, ...env })
    }

    it("takes its library, and builds the addon where it has none", async () => {
      const home = join(root, "vendor")
      const { code, out } = await vendor(home)
      assert.strictEqual(code, 0, out)
      assert.include(out, "there is no finished addon for it: building one")
      await works(home)
    })

    it("takes its addon too, and needs no compiler", async () => {
      const builds = join(root, "site", "tf-builds", "pre-built-binary", "napi-v8", "4.22.0")
      mkdirSync(builds, { recursive: true })
      const lib = join(root, "wheel", "engines", "native", "node_modules", "@tensorflow", "tfjs-node", "lib")
      execFileSync("tar", [
        "-czf",
        join(builds, "CPU-linux-4.22.0.tar.gz"),
        "-C",
        lib,
        "napi-v8/tfjs_binding.node"
      ])
      const home = join(root, "finished")
      const { code, out } = await vendor(home, { CXX: "no-such-compiler" })
      assert.strictEqual(code, 0, out)
      assert.notInclude(out, "building")
      await works(home)
    })
  })
})
