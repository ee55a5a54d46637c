/** MLflow's REST interface, version 2.0 (mlflow.org/docs/latest/rest-api.html), as much as a run needs of it. */
import * as Effect from "effect/Effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import * as Schema from "effect/Schema"
import type { DeliveryError } from "../spool/Delivery.ts"
import * as Http from "../tracker/Http.ts"

export interface Api {
  readonly post: <A>(
    path: string,
    body: Readonly<Record<string, unknown>>,
    answer: Schema.Codec<A, unknown>
  ) => Effect.Effect<A, DeliveryError>
  readonly get: <A>(
    path: string,
    parameters: Readonly<Record<string, string>>,
    answer: Schema.Codec<A, unknown>
  ) => Effect.Effect<A, DeliveryError>
  /** Uploads a file to the server's artifacts. */
  readonly upload: (path: string, bytes: Uint8Array) => Effect.Effect<void, DeliveryError>
}

/** An answer without content. */
export const Nothing = Schema.Struct({})

const Run = Schema.Struct({
  info: Schema.Struct({ run_id: Schema.String, artifact_uri: Schema.optionalKey(Schema.String) })
})

export const CreateRun = Schema.Struct({ run: Run })
export const SearchRuns = Schema.Struct({ runs: Schema.optionalKey(Schema.Array(Run)) })
export const CreateExperiment = Schema.Struct({ experiment_id: Schema.String })
export const GetExperiment = Schema.Struct({ experiment: Schema.Struct({ experiment_id: Schema.String }) })

export type Authorize = (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest

export const make = (client: HttpClient.HttpClient, base: string, authorize: Authorize): Api => {
  const url = (path: string) => `${base}/api/2.0/mlflow/${path}`
  return {
    post: (path, body, answer) =>
      Http.sendFor(
        client,
        HttpClientRequest.post(url(path)).pipe(authorize, HttpClientRequest.bodyJsonUnsafe(body)),
        answer
      ),
    get: (path, parameters, answer) =>
      Http.sendFor(
        client,
        HttpClientRequest.get(url(path)).pipe(authorize, HttpClientRequest.setUrlParams(parameters)),
        answer
      ),
    upload: (path, bytes) => {
      // Escaped, so that a name cannot lead elsewhere on the server.
      const names = path.split("/").filter((name) => !/^\.+$/.test(name))
      const encoded = names.map(encodeURIComponent).join("/")
      const request = HttpClientRequest.put(`${base}/api/2.0/mlflow-artifacts/artifacts/${encoded}`)
      return Http.send(client, request.pipe(authorize, HttpClientRequest.bodyUint8Array(bytes))).pipe(
        Effect.asVoid
      )
    }
  }
}
