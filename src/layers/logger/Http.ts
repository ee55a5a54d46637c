/** Requests to trackers: bounded in time, and their failures told by whether another try can help. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import {
  HttpClient,
  type HttpClientError,
  type HttpClientRequest,
  type HttpClientResponse
} from "effect/http"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { DeliveryError } from "./Delivery.ts"

/** Proxies as Node's own clients take them, where its switch for them is on. */
const proxyEnv = process.env["NODE_USE_ENV_PROXY"] === "1" ? { proxyEnv: process.env } : {}

/**
 * Node's `http`, and not `fetch`, which reads answers by a WebAssembly module that calls JavaScript: V8 may end the
 * process when several threads have such modules, as those of the trackers would (seen with Node 24.21).
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = NodeHttpClient.layerNodeHttpOptions(proxyEnv)

/** A client whose connections end with the scope. */
export const client: Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> = Effect.map(
  Layer.build(layer),
  Context.get(HttpClient.HttpClient)
)

/** Answers that the same request gets again: the request itself is wrong, or what it is about is not there. */
const final: ReadonlySet<number> = new Set([
  301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 410, 413, 422, 501
])

/** Seconds that an answer may take. */
const patience = 60

/** Where a request went, without what may be secret in it. */
const placeOf = ({ url }: HttpClientRequest.HttpClientRequest): string => url.replace(/\?.*$/, "")

/** `Retry-After` in seconds, or until a date (RFC 9110, 10.2.3). */
const retryAfter = (value: string | undefined, now: number): number | null => {
  if (value === undefined) return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000)
}

/** Where every address of a name refused, the errors of each say why, and the one over them nothing. */
const saidBy = (error: Error): string => {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return first instanceof Error ? first.message : error.message
}

const transportError = (error: HttpClientError.HttpClientError): DeliveryError => {
  const { reason } = error
  const cause: unknown = reason.cause
  const inner = cause instanceof Error ? saidBy(cause) : undefined
  return new DeliveryError({
    problem: `no answer from ${placeOf(error.request)}${inner === undefined ? "" : ` (${inner})`}`,
    final: false,
    retryAfter: null
  })
}

const beginning = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 200)

/** A key is not carried to where an answer points: its owner has to name that place. */
const told = (said: string, location: string | undefined): string => {
  if (location !== undefined) return `: it says that it has moved to ${location}; name that address`
  return said === "" ? "" : `: ${beginning(said)}`
}

/** What a bad answer says, told with its status. */
const refusal = Effect.fnUntraced(function* (
  request: HttpClientRequest.HttpClientRequest,
  response: HttpClientResponse.HttpClientResponse
): Effect.fn.Return<never, DeliveryError> {
  const said = yield* response.text.pipe(Effect.catch(() => Effect.succeed("")))
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  return yield* new DeliveryError({
    problem: `${response.status} from ${placeOf(request)}${told(said, response.headers["location"])}`,
    final: final.has(response.status),
    retryAfter: retryAfter(response.headers["retry-after"], now)
  })
})

/** The answer to `request`, if it is a good one. */
export const send = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, DeliveryError> =>
  client.execute(request).pipe(
    Effect.mapError(transportError),
    Effect.flatMap((response) =>
      response.status >= 200 && response.status < 300 ? Effect.succeed(response) : refusal(request, response)
    ),
    Effect.timeoutOrElse({
      duration: `${patience} seconds`,
      orElse: () =>
        Effect.fail(
          new DeliveryError({
            problem: `no answer from ${placeOf(request)} in ${patience} s`,
            final: false,
            retryAfter: null
          })
        )
    }),
    // A tracker is not part of the run's traces, and needs no header of them.
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )

/** The answer's JSON, which must be what `schema` says. */
export const sendFor = <A>(
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  schema: Schema.Codec<A, unknown>
): Effect.Effect<A, DeliveryError> =>
  Effect.flatMap(send(client, request), (response) =>
    response.json.pipe(
      Effect.mapError(transportError),
      Effect.flatMap(Schema.decodeUnknownEffect(schema)),
      Effect.catchTag("SchemaError", (error) =>
        Effect.fail(
          new DeliveryError({
            problem: `an answer that is not understood from ${placeOf(request)}: ${beginning(error.message)}`,
            final: false,
            retryAfter: null
          })
        )
      )
    )
  )
