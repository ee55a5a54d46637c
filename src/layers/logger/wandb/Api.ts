/** The requests of Weights & Biases' server: GraphQL, the stream of a run's files, and uploads. */
import * as Effect from "effect/Effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DeliveryError } from "../spool/Delivery.ts"
import * as Http from "../tracker/Http.ts"

export interface Upload {
  readonly url: string
  /** `Name:value` each. */
  readonly headers: ReadonlyArray<string>
  readonly bytes: Uint8Array
}

export interface FileStream {
  readonly files?: Readonly<
    Record<string, { readonly offset: number; readonly content: ReadonlyArray<string> }>
  >
  readonly uploaded?: ReadonlyArray<string>
  readonly complete?: boolean
  readonly exitcode?: number
}

export interface Api {
  readonly query: <A>(
    text: string,
    variables: Readonly<Record<string, unknown>>,
    answer: Schema.Codec<A, unknown>
  ) => Effect.Effect<A, DeliveryError>
  /** `run` is `entity/project/id`. */
  readonly stream: (run: string, body: FileStream) => Effect.Effect<void, DeliveryError>
  readonly upload: (upload: Upload) => Effect.Effect<void, DeliveryError>
}

const answerOf = <A>(data: Schema.Codec<A, unknown>) =>
  Schema.Struct({
    data: Schema.NullOr(data),
    errors: Schema.optionalKey(Schema.Array(Schema.Struct({ message: Schema.String })))
  })

/** GraphQL reports failures in an answer with status 200. */
const refused = (request: HttpClientRequest.HttpClientRequest, messages: ReadonlyArray<string>) =>
  new DeliveryError({
    problem: `the server refused: ${Http.quoted(request, messages.join("; ")) || "an empty answer"}`,
    final: messages.some((message) => /permission|not found|unauthorized|forbidden/i.test(message)),
    retryAfter: null
  })

/** A name as a part of an address, escaped so that it cannot lead elsewhere. */
const segment = (name: string): string => encodeURIComponent(name).replace(/^\.+$/, "_")

export const make = (client: HttpClient.HttpClient, base: string, key: Redacted.Redacted): Api => {
  const authorized = (path: string) =>
    HttpClientRequest.post(`${base}${path}`).pipe(HttpClientRequest.basicAuth("api", key))
  return {
    query: Effect.fnUntraced(function* <A>(
      text: string,
      variables: Readonly<Record<string, unknown>>,
      answer: Schema.Codec<A, unknown>
    ): Effect.fn.Return<A, DeliveryError> {
      const operation = /(?:query|mutation)\s+(\w+)/.exec(text)?.[1]
      const body = { query: text, variables, operationName: operation }
      const request = HttpClientRequest.bodyJsonUnsafe(authorized("/graphql"), body)
      const { data, errors = [] } = yield* Http.sendFor(client, request, answerOf(answer))
      if (data === null || errors.length > 0)
        return yield* refused(
          request,
          errors.map(({ message }) => message)
        )
      return data
    }),
    stream: (run, body) => {
      const path = `/files/${run.split("/").map(segment).join("/")}/file_stream`
      return Effect.asVoid(Http.send(client, HttpClientRequest.bodyJsonUnsafe(authorized(path), body)))
    },
    upload: ({ url, headers, bytes }) =>
      Http.send(
        client,
        HttpClientRequest.put(url.startsWith("/") ? `${base}${url}` : url).pipe(
          HttpClientRequest.setHeaders(
            headers.map((header): [string, string] => {
              const at = header.indexOf(":")
              return [header.slice(0, at), header.slice(at + 1).trim()]
            })
          ),
          HttpClientRequest.bodyUint8Array(bytes)
        )
      ).pipe(Effect.asVoid)
  }
}
