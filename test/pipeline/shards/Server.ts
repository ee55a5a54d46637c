/** A web server of a folder that knows ranges, and may be told to fail. */
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"
import { join } from "node:path"
import * as Effect from "effect/Effect"

/** What it does instead of answering, for a path: a status, a redirect, or half of the body. */
export type Fault =
  | { readonly status: number; readonly location?: string }
  | { readonly half: true }
  | { readonly whole: true }

export interface Server {
  readonly url: string
  /** Paths that were asked for, in order; a test may empty it. */
  readonly asked: Array<string>
  /** What the next requests meet, first to last. */
  readonly faults: Array<Fault>
}

const part = (bytes: Buffer, range: string | undefined): Buffer | undefined => {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? []
  if (from === undefined || to === undefined) return bytes
  return Number(from) < bytes.length ? bytes.subarray(Number(from), Number(to) + 1) : undefined
}

export const served = Effect.fnUntraced(function* (folder: string) {
  const asked: Array<string> = []
  const faults: Array<Fault> = []
  const server = createServer(async (request, response) => {
    asked.push(request.url ?? "")
    const fault = faults.shift()
    if (fault !== undefined && "status" in fault) {
      response.writeHead(fault.status, fault.location === undefined ? {} : { location: fault.location }).end()
      return
    }
    const bytes = await readFile(join(folder, request.url ?? "")).catch(() => undefined)
    if (bytes === undefined) return void response.writeHead(404).end()
    const range = fault !== undefined && "whole" in fault ? undefined : request.headers.range
    const body = part(bytes, range)
    if (body === undefined) return void response.writeHead(416).end()
    response.writeHead(range === undefined ? 200 : 206, { "content-length": body.length })
    if (fault === undefined || "whole" in fault) return void response.end(body)
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
    () => Effect.sync(() => server.close())
  )
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const made: Server = { url: `http://127.0.0.1:${port}`, asked, faults }
  return made
})
