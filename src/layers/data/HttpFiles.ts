/**
 * Files over HTTP, whole or in parts, by Node's own client, since threads do not use `fetch`. What may be better the next
 * time is tried four times again: no answer, an answer that breaks off, 408, 429 and 5xx.
 */
import { get as getHttp, type IncomingMessage, type RequestOptions } from "node:http"
import { get as getHttps } from "node:https"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Range, Read } from "../../pipeline/shards/RemoteFiles.ts"
import { DataError } from "../../pipeline/task/Dataset.ts"
import * as Thrown from "../internal/Thrown.ts"

/** Milliseconds without a byte until a request has failed. */
const PATIENCE = 30_000
const MOST_REDIRECTS = 5

interface Refusal {
  readonly problem: string
  readonly again: boolean
}

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: Uint8Array
}

const bodyOf = async (response: IncomingMessage): Promise<Answer> => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of response) chunks.push(chunk)
  const { statusCode = 0, headers } = response
  return { status: statusCode, location: headers.location, body: Buffer.concat(chunks) }
}

/** One request; a body that breaks off fails. */
const request = (url: string, range: Range | undefined): Effect.Effect<Answer, Refusal> =>
  Effect.tryPromise({
    try: (signal) => {
      const last = range && range.offset + range.length - 1
      const options: RequestOptions = {
        signal,
        timeout: PATIENCE,
        headers: range === undefined ? {} : { range: `bytes=${range.offset}-${last}` }
      }
      const get = url.startsWith("https:") ? getHttps : getHttp
      return new Promise<Answer>((resolve, reject) => {
        const sent = get(url, options, (response) => bodyOf(response).then(resolve, reject))
        sent.on("timeout", () => sent.destroy(new Error(`no byte came in ${PATIENCE / 1000} seconds`)))
        sent.on("error", reject)
      })
    },
    catch: (cause): Refusal => ({
      problem: `the server does not answer, or breaks off (${Thrown.said(cause)})`,
      again: true
    })
  })

const problemOf = ({ status, body }: Answer, range: Range | undefined): Refusal | undefined => {
  if (status === 416) return { problem: "the file ends before these bytes", again: false }
  if (status < 200 || status > 299) {
    return { problem: `the server answers ${status}`, again: [408, 429].includes(status) || status >= 500 }
  }
  if (range === undefined) return undefined
  if (status !== 206) return { problem: "the server cannot send parts of a file (no Range)", again: false }
  return body.length === range.length
    ? undefined
    : { problem: `${body.length} bytes came instead of ${range.length}`, again: true }
}

const followed = (url: string, range: Range | undefined, left: number): Effect.Effect<Uint8Array, Refusal> =>
  Effect.flatMap(request(url, range), (answer) => {
    const { status, location, body } = answer
    if (status >= 300 && status < 400 && location !== undefined && left > 0) {
      return followed(new URL(location, url).href, range, left - 1)
    }
    const problem = problemOf(answer, range)
    return problem === undefined ? Effect.succeed(body) : Effect.fail(problem)
  })

const said = (range: Range | undefined): string =>
  range === undefined ? "" : ` (bytes ${range.offset} to ${range.offset + range.length - 1})`

export const read: Read = (url, range) =>
  followed(url, range, MOST_REDIRECTS).pipe(
    Effect.retry({
      while: ({ again }) => again,
      times: 4,
      schedule: Schedule.exponential("200 millis")
    }),
    Effect.mapError(
      ({ problem }) =>
        new DataError({
          where: `${url}${said(range)}`,
          problem,
          cure: "Check the address and the server, or copy the shards to a folder."
        })
    )
  )
