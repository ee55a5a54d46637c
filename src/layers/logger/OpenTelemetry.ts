/**
 * OpenTelemetry: the run's spans as traces and its numbers as gauges, posted to a collector by OTLP over HTTP.
 *
 * A collector samples: it gets each gauge as it stands every ten seconds, not every step. What it does not take is
 * let go, as its protocol has no way of asking again; the other sinks keep every number.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"
import * as Redacted from "effect/Redacted"
import type { OpenTelemetryPlan } from "../../pipeline/LoggerPlan.ts"
import { RunDirectory } from "../../pipeline/RunDirectory.ts"
import * as Address from "../internal/Address.ts"
import * as Http from "./Http.ts"
import * as Secrets from "./Secrets.ts"
import type { Entry, Sink } from "./Sink.ts"

const defaultCollector = "http://127.0.0.1:4318"

/** `name=value` pairs with commas between, values percent-encoded (OpenTelemetry, OTLP exporter configuration). */
export const headersOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(",").flatMap((pair): ReadonlyArray<readonly [string, string]> => {
      const at = pair.indexOf("=")
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]]
    })
  )

const collector = Effect.fnUntraced(function* (plan: OpenTelemetryPlan): Effect.fn.Return<Address.Address> {
  const named =
    plan.endpoint ?? Option.getOrUndefined(yield* Secrets.fromEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT"))
  return Address.read(named ?? defaultCollector)
})

/** The login of a collector's address as a header, since no request may have it in its address. */
const loginHeader = ({ login }: Address.Address): Readonly<Record<string, string>> =>
  Option.match(login, {
    onNone: () => ({}),
    onSome: ({ user, password }) => ({
      authorization: `Basic ${Buffer.from(`${user}:${Redacted.value(password)}`).toString("base64")}`
    })
  })

/**
 * Traces of everything that runs with this layer, and all metrics; flushed when its scope closes, for at most
 * `closeWithin` seconds. Headers come from `OTEL_EXPORTER_OTLP_HEADERS`.
 */
export const layer = (
  plan: OpenTelemetryPlan,
  closeWithin: number
): Layer.Layer<never, never, RunDirectory> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const run = yield* RunDirectory
      const { kind, seed, versions } = yield* run.record
      const address = yield* collector(plan)
      const secret = yield* Secrets.secretFromEnvironment("OTEL_EXPORTER_OTLP_HEADERS")
      const options = {
        resource: {
          serviceName: plan.service_name,
          ...(versions["anneal"] === undefined ? {} : { serviceVersion: versions["anneal"] }),
          attributes: { "anneal.run.id": run.id, "anneal.run.kind": kind, "anneal.run.seed": seed }
        },
        headers: {
          ...loginHeader(address),
          ...Option.match(secret, {
            onNone: () => ({}),
            onSome: (text) => headersOf(Redacted.value(text))
          })
        },
        shutdownTimeout: `${closeWithin} seconds` as const
      }
      const exported = Layer.mergeAll(
        OtlpTracer.layer({ ...options, url: `${address.base}/v1/traces` }),
        OtlpMetrics.layer({ ...options, url: `${address.base}/v1/metrics` })
      )
      return exported.pipe(Layer.provide([OtlpSerialization.layerJson, Http.layer]))
    })
  )

/** The last value of each number, as a collector sees no others. */
const lastOf = (entries: ReadonlyArray<Entry>): Readonly<Record<string, number>> =>
  Object.assign(
    {},
    ...entries.flatMap((entry) =>
      entry._tag === "Scalars" ? [entry.values, { "anneal.step": entry.step }] : []
    )
  )

const update = (entries: ReadonlyArray<Entry>): Effect.Effect<void> =>
  Effect.forEach(
    Object.entries(lastOf(entries)),
    ([name, value]) => Metric.update(Metric.gauge(name), value),
    { discard: true }
  )

/** The sink `opentelemetry`: gauges that `layer` exports. */
export const open = Effect.succeed<Sink>({
  name: "opentelemetry",
  write: update,
  close: Effect.succeed(undefined)
})
