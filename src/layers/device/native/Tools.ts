/** The programs that an installation runs: which are missing, and how to get them. */
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"

const packages: Readonly<Record<string, string>> = {
  npm: "nodejs npm",
  tar: "tar",
  python3: "python3 python3-pip",
  "g++": "g++"
}

export const missing = (path = process.env["PATH"] ?? ""): ReadonlyArray<string> =>
  Object.keys(packages).filter(
    (name) => !path.split(delimiter).some((folder) => existsSync(join(folder, name)))
  )

/** `then`, preceded by what has to be installed first. */
export const cure = (then: string, path?: string): string => {
  const names = missing(path)
  return names.length === 0
    ? then
    : `Install ${names.join(", ")} first (Debian and Ubuntu: apt-get install ${names.map((name) => packages[name]).join(" ")}). ${then}`
}
