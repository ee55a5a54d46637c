/** Weights & Biases: through its server, or as a file that its own client sends later. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { WandbPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import * as Address from "../../internal/Address.ts"
import { type AnyDelivery, any, type DeliveryError, refusal, refusing } from "../spool/Delivery.ts"
import type { SpoolHead } from "../spool/File.ts"
import type { RunFolder } from "../spool/RunFiles.ts"
import * as Destination from "../tracker/Destination.ts"
import * as Http from "../tracker/Http.ts"
import * as Secrets from "../tracker/Secrets.ts"
import * as Api from "./Api.ts"
import * as Offline from "./Offline.ts"
import * as Online from "./Online.ts"
import * as RunFacts from "./RunFacts.ts"

const defaultServer = "https://api.wandb.ai"

/** The error without a key; everything stays in the spool. */
const keyMissing = (base: string) =>
  refusal(
    `there is no key for ${base}: set WANDB_API_KEY, run \`wandb login\`, or logger.wandb.settings.offline=true`
  )

/** The error for an address with a login: a request has one login, which is the key. */
const loginInAddress = (base: string) =>
  refusal(
    `the address of ${base} contains a login, and the key is used instead: remove the login from WANDB_BASE_URL`
  )

const hostOf = (base: string): string => (URL.canParse(base) ? new URL(base).hostname : base)

/** A password is not sent unencrypted over a network unless its owner named the whole address. */
const isPrivate = (base: string): boolean => /^(?:https:|http:\/\/(?:127\.|localhost\b|\[::1\]))/i.test(base)

/** The key of a server that the user named, or that `~/.netrc` has an entry for. */
const keyFor = Effect.fnUntraced(function* (
  base: string,
  consent: Destination.Consent,
  usual: string
): Effect.fn.Return<Redacted.Redacted, DeliveryError, FileSystem.FileSystem> {
  if (Destination.isNamed(consent, base, usual)) {
    const key = yield* Secrets.secretFromEnvironment("WANDB_API_KEY")
    const found = Option.isSome(key) ? key : yield* Secrets.fromNetrc(hostOf(base), true)
    return yield* Effect.fromOption(found).pipe(Effect.mapError(() => keyMissing(base)))
  }
  const own = isPrivate(base) ? yield* Secrets.fromNetrc(hostOf(base), false) : Option.none()
  if (Option.isSome(own)) return own.value
  return yield* Destination.unnamed(base, "set WANDB_BASE_URL to it")
})

const api = Effect.fnUntraced(function* (
  plan: WandbPlan,
  consent: Destination.Consent
): Effect.fn.Return<Api.Api, DeliveryError, FileSystem.FileSystem | Scope.Scope> {
  const set = Option.getOrUndefined(yield* Secrets.fromEnvironment("WANDB_BASE_URL"))
  const usual = Address.read(set ?? defaultServer)
  const { base, login } = plan.base_url === null ? usual : Address.read(plan.base_url)
  if (Option.isSome(login)) return yield* loginInAddress(base)
  return Api.make(yield* Http.client, base, yield* keyFor(base, consent, usual.base))
})

/** The parent of the offline folder: the run's own folder unless the user named another. */
const offlineIn = Effect.fnUntraced(function* (
  { settings: { sync_dir } }: WandbPlan,
  { folder, consent }: Destination.Origin
): Effect.fn.Return<RunFolder, DeliveryError> {
  if (sync_dir === null) return folder
  const path = resolve(sync_dir)
  if (Destination.isNamed(consent, path, folder.path) || Destination.isConfirmed(consent, path)) {
    return { path, recorded: path }
  }
  return yield* Destination.unnamed(path, `write there: ${Destination.confirming(path)}`)
})

const deliveryOf = Effect.fnUntraced(function* (
  plan: WandbPlan,
  head: SpoolHead,
  origin: Destination.Origin
): Effect.fn.Return<AnyDelivery, DeliveryError, FileSystem.FileSystem | Scope.Scope> {
  const facts = RunFacts.make(plan, head)
  const { folder, consent } = origin
  if (plan.settings.offline) {
    return any(yield* Offline.make(plan, facts, folder, yield* offlineIn(plan, origin)))
  }
  return any(yield* Online.make(plan, facts, folder, yield* api(plan, consent)))
})

/** The delivery for a spool of this sink. */
export const delivery = (
  plan: WandbPlan,
  head: SpoolHead,
  origin: Destination.Origin
): Effect.Effect<AnyDelivery, never, FileSystem.FileSystem | Scope.Scope> =>
  deliveryOf(plan, head, origin).pipe(Effect.catch((error) => Effect.succeed(refusing(error))))
