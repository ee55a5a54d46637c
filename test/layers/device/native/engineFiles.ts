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
