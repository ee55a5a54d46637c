/** Requests to trackers: bounded in time and size, with failures classified by whether a retry can help. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as ByteSize from "effect/ByteSize"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import {
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  type HttpClientResponse,
  HttpIncomingMessage
} from "effect/http"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Address from "../../internal/Address.ts"
import * as Foreign from "../../internal/Foreign.ts"
import * as Thrown from "../../internal/Thrown.ts"
import { DeliveryError } from "../spool/Delivery.ts"

/** Proxies as Node's own clients use them, if Node's option for them is on. */
const proxyEnv = process.env["NODE_USE_ENV_PROXY"] === "1" ? { proxyEnv: process.env } : {}

/** Seconds that an answer may take, including its body. */
const patience = 60

/** The longest answer in bytes; expected answers are a thousandth of it. */
const mostOfAnswer = ByteSize.mebibytes(4)

/** Reads an answer to its end before it is used, so that an endless or a very slow one is bounded too. */
const whole = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  HttpClient.transform(client, (answer, request) =>
    Effect.tap(answer, ({ arrayBuffer }) => arrayBuffer).pipe(
      Effect.provideService(HttpIncomingMessage.MaxBodySize, mostOfAnswer),
      Effect.timeoutOrElse({
        duration: `${patience} seconds`,
        orElse: () =>
          Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, description: `in ${patience} s` })
            })
          )
      })
    )
  )

/**
 * Node's `http`, and not `fetch`, which reads answers by a WebAssembly module that calls JavaScript: V8 may end the
 * process if several threads have such modules, as those of the trackers would (seen with Node 24.21).
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, whole)
).pipe(Layer.provide(NodeHttpClient.layerNodeHttpOptions(proxyEnv)))

/** A client whose connections end with the scope. */
export const client: Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> = Effect.map(
  Layer.build(layer),
  Context.get(HttpClient.HttpClient)
)

/** Statuses that a retry would get again: the request itself is wrong, or its subject does not exist. */
const final: ReadonlySet<number> = new Set([
  301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 410, 413, 422, 501
])

/** The address of a request without what may be secret in it. */
const placeOf = ({ url }: HttpClientRequest.HttpClientRequest): string =>
  Foreign.quoted(Address.masked(url.replace(/\?.*$/s, "")))

/** Maximum seconds to wait, however long a tracker asks for. */
const longestPause = 86_400

/** `Retry-After` in seconds, or until a date (RFC 9110, 10.2.3); null if the header is absent. */
const retryAfter = (value: string | undefined, now: number): number | null => {
  if (value === undefined) return null
  const seconds = Number(value)
  const asked = Number.isNaN(seconds) ? (Date.parse(value) - now) / 1000 : seconds
  return asked > 0 ? Math.min(longestPause, asked) : null
}

/** If every address of a name refused, the inner errors give the reasons; the outer one is empty. */
const saidBy = (error: Error): string => {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return first instanceof Error ? first.message : error.message
}

/** The credentials of a request, which an answer may repeat. */
const secretsOf = ({ headers }: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> => {
  const [scheme, word = ""] = (headers["authorization"] ?? "").split(" ")
  const login = scheme === "Basic" ? Buffer.from(word, "base64").toString() : ""
  return [word, login.slice(login.indexOf(":") + 1)].filter((one) => one !== "")
}

/** How many consecutive letters of a secret count as revealing it. */
const telling = 8

/** Whether a text repeats a secret, or a large part of it. */
const repeats = (text: string, secret: string): boolean => {
  const size = Math.min(telling, secret.length)
  for (let at = 0; at + size <= secret.length; at++)
    if (text.includes(secret.slice(at, at + size))) return true
  return false
}

/** An answer to `request` in a form safe for messages: a server may repeat the key that it was sent. */
export const quoted = (request: HttpClientRequest.HttpClientRequest, text: string): string => {
  const plain = text.toLowerCase()
  return secretsOf(request).some((secret) => repeats(plain, secret.toLowerCase()))
    ? "(not shown, since it repeats the login)"
    : Foreign.quoted(Address.masked(text))
}

const failed = (problem: string, final = false): DeliveryError =>
  new DeliveryError({ problem, final, retryAfter: null })

const transportError = ({ reason, request }: HttpClientError.HttpClientError): DeliveryError => {
  const { cause, description } = reason
  if (description !== undefined) return failed(`no answer from ${placeOf(request)} ${description}`)
  const inner = cause instanceof Error ? ` (${quoted(request, saidBy(cause))})` : ""
  const what = reason._tag === "DecodeError" ? "an answer that cannot be read to its end" : "no answer"
  return failed(`${what} from ${placeOf(request)}${inner}`)
}

/** A key is not sent to another address because an answer says so: its owner has to name that address. */
const withPlace = (said: string, location: string): string => {
  if (location !== "") return `: it has moved to ${location}; use that address`
  return said === "" ? "" : `: ${said}`
}

/** The text of an unsuccessful answer, with its status. */
const refusal = Effect.fnUntraced(function* (
  request: HttpClientRequest.HttpClientRequest,
  { status, headers }: HttpClientResponse.HttpClientResponse,
  text: string
): Effect.fn.Return<never, DeliveryError> {
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  const said = withPlace(quoted(request, text), quoted(request, headers["location"] ?? ""))
  return yield* new DeliveryError({
    problem: `${status} from ${placeOf(request)}${said}`,
    final: final.has(status),
    retryAfter: retryAfter(headers["retry-after"], now)
  })
})

/** The text of the answer to `request`, if it is successful. */
export const send = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<string, DeliveryError> =>
  client.execute(request).pipe(
    Effect.flatMap((response) => Effect.map(response.text, (text) => ({ response, text }))),
    Effect.mapError(transportError),
    Effect.catchDefect((defect) =>
      Thrown.code(defect) === "ERR_INVALID_CHAR"
        ? Effect.fail(failed("a key or password contains a character that is not allowed in a request", true))
        : Effect.die(defect)
    ),
    Effect.flatMap(({ response, text }) =>
      response.status >= 200 && response.status < 300
        ? Effect.succeed(text)
        : refusal(request, response, text)
    ),
    // Requests to a tracker are not part of the run's traces, and need no trace headers.
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )

/** The answer's JSON, decoded with `schema`. */
export const sendFor = <A>(
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  schema: Schema.Codec<A, unknown>
): Effect.Effect<A, DeliveryError> =>
  Effect.flatMap(send(client, request), (text) =>
    Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text).pipe(
      Effect.mapError((error) =>
        failed(`an unexpected answer from ${placeOf(request)}: ${quoted(request, error.message)}`)
      )
    )
  )
