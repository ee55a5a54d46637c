/** MLflow: a tracking server, used through its REST interface. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { HttpClientRequest } from "effect/http"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { MlflowPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import * as Address from "../../internal/Address.ts"
import { type AnyDelivery, any, type DeliveryError, refusing } from "../spool/Delivery.ts"
import type { SpoolHead } from "../spool/File.ts"
import * as Destination from "../tracker/Destination.ts"
import * as Http from "../tracker/Http.ts"
import * as Secrets from "../tracker/Secrets.ts"
import * as Api from "./Api.ts"
import * as Server from "./Server.ts"

const defaultServer = "http://127.0.0.1:5000"

interface Server {
  readonly address: Address.Address
  /** Whether it may be sent a token or password. */
  readonly trusted: boolean
}

const unnamed = (base: string): DeliveryError =>
  Destination.unnamed(
    base,
    `set MLFLOW_TRACKING_URI to it, or send without a login: ${Destination.confirming(base)}`
  )

const server = Effect.fnUntraced(function* (
  plan: MlflowPlan,
  consent: Destination.Consent
): Effect.fn.Return<Server, DeliveryError> {
  const set = Option.getOrUndefined(yield* Secrets.fromEnvironment("MLFLOW_TRACKING_URI"))
  const usual = Address.read(set ?? defaultServer)
  if (plan.tracking_uri === null) return { address: usual, trusted: true }
  const address = Address.read(plan.tracking_uri)
  if (Destination.isNamed(consent, address.base, usual.base)) return { address, trusted: true }
  if (Destination.isConfirmed(consent, address.base)) return { address, trusted: false }
  return yield* unnamed(address.base)
})

/** A token, or a name and password, or the login of the address, in the order of MLflow's client; or none. */
const authorization = Effect.fnUntraced(function* ({
  address,
  trusted
}: Server): Effect.fn.Return<Api.Authorize> {
  if (!trusted) return (request) => request
  const token = yield* Secrets.secretFromEnvironment("MLFLOW_TRACKING_TOKEN")
  const user = yield* Secrets.fromEnvironment("MLFLOW_TRACKING_USERNAME")
  const password = yield* Secrets.secretFromEnvironment("MLFLOW_TRACKING_PASSWORD")
  const login = Option.orElse(Option.all({ user, password }), () => address.login)
  return (request) => {
    if (Option.isSome(token)) return HttpClientRequest.bearerToken(request, token.value)
    if (Option.isNone(login)) return request
    return HttpClientRequest.basicAuth(request, login.value.user, login.value.password)
  }
})

const api = Effect.fnUntraced(function* (
  plan: MlflowPlan,
  consent: Destination.Consent
): Effect.fn.Return<Api.Api, DeliveryError, Scope.Scope> {
  const found = yield* server(plan, consent)
  return Api.make(yield* Http.client, found.address.base, yield* authorization(found))
})

/** The delivery for a spool of this sink. */
export const delivery = (
  plan: MlflowPlan,
  head: SpoolHead,
  { folder, consent }: Destination.Origin
): Effect.Effect<AnyDelivery, never, FileSystem.FileSystem | Scope.Scope> =>
  api(plan, consent).pipe(
    Effect.flatMap((found) => Server.make(plan, head, folder, found)),
    Effect.map(any),
    Effect.catch((error) => Effect.succeed(refusing(error)))
  )
