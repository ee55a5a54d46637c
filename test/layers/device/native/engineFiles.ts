/** Small stand-ins for the large files that an installation handles: packages, a wheel's folder, programs. */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Place {
  readonly home: string
  /** Files as `npm pack` names them. */
  readonly packages: string
  /** A folder like one that a wheel was unpacked into. */
  readonly wheel: string
  /** An executable shell script. */
  readonly program: (name: string, script: string) => string
  readonly remove: () => void
}

const archives = ["tensorflow-tfjs-node-4.22.0", "google-protobuf-3.21.4", "node-api-headers-1.9.0"]

const pack = (folder: string, name: string): void => {
  mkdirSync(join(folder, "package"), { recursive: true })
  writeFileSync(join(folder, "package", "package.json"), JSON.stringify({ name }))
  execFileSync("tar", ["-czf", join(folder, `${name}.tgz`), "-C", folder, "package"])
}

export const make = (): Place => {
  const root = mkdtempSync(join(tmpdir(), "anneal-engine-"))
  const place = {
    home: join(root, "home"),
    packages: join(root, "packages"),
    wheel: join(root, "tensorflow")
  }
  mkdirSync(place.packages)
  for (const name of archives) pack(place.packages, name)
  mkdirSync(join(place.wheel, "include/tensorflow/c"), { recursive: true })
  for (const name of [
    "libtensorflow_cc.so.2",
    "libtensorflow_framework.so.2",
    "include/tensorflow/c/c_api.h"
  ]) {
    writeFileSync(join(place.wheel, name), "")
  }
  return {
    ...place,
    program: (name, script) => {
      const path = join(root, name)
      writeFileSync(path, `#!/bin/sh\n${script}\n`)
      chmodSync(path, 0o755)
      return path
    },
    remove: () => rmSync(root, { recursive: true, force: true })
  }
}

/**
 * An installed engine below `home` whose addon is a script: what it does happens as it is loaded, in whichever process
 * loads it, and each load leaves a line in the file that is given back.
 */
export const installed = (home: string, script: string): string => {
  const engine = join(home, "engines", "native")
  const folder = join(engine, "node_modules", "@tensorflow", "tfjs-node")
  const addon = join(folder, "lib", "napi-v8", "tfjs_binding.node")
  const loads = join(home, "loads")
  mkdirSync(addon, { recursive: true })
  writeFileSync(
    join(engine, "anneal-engine.json"),
    JSON.stringify({
      layout: 1,
      variant: "native",
      tfjs: "4.22.0",
      tensorflow: "2.21.0",
      source: "a wheel",
      installed: "2026-01-01T00:00:00.000Z"
    })
  )
  // Node loads a folder of this name as it loads any other: by its index.js.
  writeFileSync(
    join(addon, "index.js"),
    `require("node:fs").appendFileSync(${JSON.stringify(loads)}, "loaded\\n")\n${script}\n`
  )
  return loads
}
