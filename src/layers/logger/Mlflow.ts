/** MLflow: a tracking server, spoken to by its REST interface. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { HttpClientRequest } from "effect/http"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { MlflowPlan } from "../../pipeline/LoggerPlan.ts"
import * as Address from "../internal/Address.ts"
import { type AnyDelivery, any } from "./Delivery.ts"
import * as Http from "./Http.ts"
import * as Api from "./mlflow/Api.ts"
import * as Server from "./mlflow/Server.ts"
import * as Secrets from "./Secrets.ts"
import type { SpoolHead } from "./SpoolFile.ts"

const defaultServer = "http://127.0.0.1:5000"

const server = Effect.fnUntraced(function* (plan: MlflowPlan): Effect.fn.Return<Address.Address> {
  const named =
    plan.tracking_uri ?? Option.getOrUndefined(yield* Secrets.fromEnvironment("MLFLOW_TRACKING_URI"))
  return Address.read(named ?? defaultServer)
})

/** A token before a name and password, those before the address's own, as MLflow's client has it; or none. */
const authorization = Effect.fnUntraced(function* (
  address: Address.Address
): Effect.fn.Return<Api.Authorize> {
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

const api = Effect.fnUntraced(function* (plan: MlflowPlan): Effect.fn.Return<Api.Api, never, Scope.Scope> {
  const address = yield* server(plan)
  return Api.make(yield* Http.client, address.base, yield* authorization(address))
})

/** How a spool of this sink is delivered. */
export const delivery = Effect.fnUntraced(function* (
  plan: MlflowPlan,
  head: SpoolHead
): Effect.fn.Return<AnyDelivery, never, FileSystem.FileSystem | Scope.Scope> {
  return any(yield* Server.make(plan, head, yield* api(plan)))
})
