/** Requests to trackers: bounded in time and in what is read, and their failures told by whether another try can help. */
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

/** Proxies as Node's own clients take them, where its switch for them is on. */
const proxyEnv = process.env["NODE_USE_ENV_PROXY"] === "1" ? { proxyEnv: process.env } : {}

/** Seconds that an answer may take, its body included. */
const patience = 60

/** The longest answer; those that are waited for are a thousandth of it. */
const mostOfAnswer = ByteSize.mebibytes(4)

/** Reads an answer to its end before anybody sees it, so that neither one without end nor one that drips costs more. */
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
 * process when several threads have such modules, as those of the trackers would (seen with Node 24.21).
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

/** Answers that the same request gets again: the request itself is wrong, or what it is about is not there. */
const final: ReadonlySet<number> = new Set([
  301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 410, 413, 422, 501
])

/** Where a request went, without what may be secret in it. */
const placeOf = ({ url }: HttpClientRequest.HttpClientRequest): string =>
  Foreign.quoted(Address.masked(url.replace(/\?.*$/s, "")))

/** Most seconds that a tracker is left alone: what it asks for is not believed without end. */
const longestPause = 86_400

/** `Retry-After` in seconds, or until a date (RFC 9110, 10.2.3); null where it asks for nothing. */
const retryAfter = (value: string | undefined, now: number): number | null => {
  if (value === undefined) return null
  const seconds = Number(value)
  const asked = Number.isNaN(seconds) ? (Date.parse(value) - now) / 1000 : seconds
  return asked > 0 ? Math.min(longestPause, asked) : null
}

/** Where every address of a name refused, the errors of each say why, and the one over them nothing. */
const saidBy = (error: Error): string => {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return first instanceof Error ? first.message : error.message
}

/** What logs in with a request, as an answer may repeat it. */
const secretsOf = ({ headers }: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> => {
  const [scheme, word = ""] = (headers["authorization"] ?? "").split(" ")
  const login = scheme === "Basic" ? Buffer.from(word, "base64").toString() : ""
  return [word, login.slice(login.indexOf(":") + 1)].filter((one) => one !== "")
}

/** Letters in a row that give a secret away. */
const telling = 8

/** Whether a text repeats a secret, or a good part of it. */
const repeats = (text: string, secret: string): boolean => {
  const size = Math.min(telling, secret.length)
  for (let at = 0; at + size <= secret.length; at++)
    if (text.includes(secret.slice(at, at + size))) return true
  return false
}

/** What an answer to `request` says, as a message may show it: a server may repeat the key that it was sent. */
export const quoted = (request: HttpClientRequest.HttpClientRequest, text: string): string => {
  const plain = text.toLowerCase()
  return secretsOf(request).some((secret) => repeats(plain, secret.toLowerCase()))
    ? "(not shown, as it repeats the login)"
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

/** A key is not carried to where an answer points: its owner has to name that place. */
const told = (said: string, location: string): string => {
  if (location !== "") return `: it says that it has moved to ${location}; name that address`
  return said === "" ? "" : `: ${said}`
}

/** What a bad answer says, told with its status. */
const refusal = Effect.fnUntraced(function* (
  request: HttpClientRequest.HttpClientRequest,
  { status, headers }: HttpClientResponse.HttpClientResponse,
  text: string
): Effect.fn.Return<never, DeliveryError> {
  const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
  const said = told(quoted(request, text), quoted(request, headers["location"] ?? ""))
  return yield* new DeliveryError({
    problem: `${status} from ${placeOf(request)}${said}`,
    final: final.has(status),
    retryAfter: retryAfter(headers["retry-after"], now)
  })
})

/** The text of the answer to `request`, if it is a good one. */
export const send = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<string, DeliveryError> =>
  client.execute(request).pipe(
    Effect.flatMap((response) => Effect.map(response.text, (text) => ({ response, text }))),
    Effect.mapError(transportError),
    Effect.catchDefect((defect) =>
      Thrown.code(defect) === "ERR_INVALID_CHAR"
        ? Effect.fail(failed("a key or password has a character in it that no request can hold", true))
        : Effect.die(defect)
    ),
    Effect.flatMap(({ response, text }) =>
      response.status >= 200 && response.status < 300
        ? Effect.succeed(text)
        : refusal(request, response, text)
    ),
    // A tracker is not part of the run's traces, and needs no header of them.
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )

/** The answer's JSON, which must be what `schema` says. */
export const sendFor = <A>(
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  schema: Schema.Codec<A, unknown>
): Effect.Effect<A, DeliveryError> =>
  Effect.flatMap(send(client, request), (text) =>
    Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text).pipe(
      Effect.mapError((error) =>
        failed(`an answer that is not understood from ${placeOf(request)}: ${quoted(request, error.message)}`)
      )
    )
  )
