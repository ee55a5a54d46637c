/** Weights & Biases: through its server, or into a file that its own client sends later. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { WandbPlan } from "../../pipeline/LoggerPlan.ts"
import * as Address from "../internal/Address.ts"
import { type AnyDelivery, any, DeliveryError } from "./Delivery.ts"
import * as Http from "./Http.ts"
import * as Secrets from "./Secrets.ts"
import type { SpoolHead } from "./SpoolFile.ts"
import * as Api from "./wandb/Api.ts"
import * as Offline from "./wandb/Offline.ts"
import * as Online from "./wandb/Online.ts"
import * as RunFacts from "./wandb/RunFacts.ts"

const defaultServer = "https://api.wandb.ai"

const server = Effect.fnUntraced(function* (plan: WandbPlan): Effect.fn.Return<Address.Address> {
  const named = plan.base_url ?? Option.getOrUndefined(yield* Secrets.fromEnvironment("WANDB_BASE_URL"))
  return Address.read(named ?? defaultServer)
})

const keyFor = Effect.fnUntraced(function* (base: string) {
  const key = yield* Secrets.secretFromEnvironment("WANDB_API_KEY")
  if (Option.isSome(key)) return key
  return yield* Secrets.fromNetrc(URL.canParse(base) ? new URL(base).hostname : base)
})

/** Without a key everything stays in the spool. */
const keyMissing = (base: string) =>
  new DeliveryError({
    problem: `there is no key for ${base}: set WANDB_API_KEY, run \`wandb login\`, or logger.wandb.settings.offline=true`,
    final: true,
    retryAfter: null
  })

/** A request has one login, and the key is it. */
const loginInAddress = (base: string) =>
  new DeliveryError({
    problem: `the address of ${base} has a login in it, and the key is what opens it: take it out of WANDB_BASE_URL`,
    final: true,
    retryAfter: null
  })

const api = Effect.fnUntraced(function* (
  plan: WandbPlan
): Effect.fn.Return<Api.Api, never, FileSystem.FileSystem | Scope.Scope> {
  const client = yield* Http.client
  const { base, login } = yield* server(plan)
  if (Option.isSome(login)) return Api.refusing(loginInAddress(base))
  const key = yield* keyFor(base)
  return Option.match(key, {
    onNone: () => Api.refusing(keyMissing(base)),
    onSome: (found) => Api.make(client, base, found)
  })
})

/** How a spool of this sink is delivered. */
export const delivery = Effect.fnUntraced(function* (
  plan: WandbPlan,
  head: SpoolHead
): Effect.fn.Return<AnyDelivery, never, FileSystem.FileSystem | Scope.Scope> {
  const facts = RunFacts.make(plan, head)
  if (plan.settings.offline) return any(yield* Offline.make(plan, facts))
  return any(yield* Online.make(plan, facts, yield* api(plan)))
})
