/**
 * OpenTelemetry: the run's spans as traces and its numbers as gauges, posted to a collector by OTLP over HTTP.
 *
 * A collector samples: it gets the current value of each gauge every ten seconds, not every step. What it does not
 * accept is dropped, since its protocol has no way to ask again; the other sinks keep every number.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { OpenTelemetryPlan } from "../../pipeline/plan/LoggerPlan.ts"
import { RunDirectory } from "../../pipeline/run/RunDirectory.ts"
import * as Address from "../internal/Address.ts"
import { type Entry, type Sink, SinkError } from "./sink/Sink.ts"
import * as Http from "./tracker/Http.ts"
import * as Secrets from "./tracker/Secrets.ts"

const defaultCollector = "http://127.0.0.1:4318"

const variable = "OTEL_EXPORTER_OTLP_HEADERS"

/** Says which pair is wrong without repeating it: a malformed name may be a key. */
const wrongPair = (index: number, why: string): SinkError =>
  new SinkError({
    sink: "opentelemetry",
    problem: `${variable} cannot be parsed: pair ${index + 1} ${why}. Write name=value pairs separated by commas, and in values % as %25 and a comma as %2C`
  })

/** A header, decoded and valid in a request (RFC 9110, 5.1 and 5.5). */
const headerOf = (pair: string, index: number): Result.Result<readonly [string, string], SinkError> => {
  const at = pair.indexOf("=")
  const name = pair.slice(0, at).trim()
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return Result.fail(wrongPair(index, "is not named like a header"))
  const value = Option.getOrUndefined(Address.percentDecoded(pair.slice(at + 1).trim()))
  if (value === undefined) return Result.fail(wrongPair(index, "has a value that is not percent-encoded"))
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    return Result.fail(wrongPair(index, "contains a character that is not allowed in a request"))
  }
  return Result.succeed([name, value])
}

/** `name=value` pairs separated by commas, values percent-encoded (OpenTelemetry, OTLP exporter configuration). */
export const headersOf = (text: string): Result.Result<Readonly<Record<string, string>>, SinkError> =>
  Result.map(
    Result.all(
      text
        .split(",")
        .filter((pair) => pair.indexOf("=") > 0)
        .map(headerOf)
    ),
    Object.fromEntries
  )

const collector = Effect.fnUntraced(function* (plan: OpenTelemetryPlan): Effect.fn.Return<Address.Address> {
  const named =
    plan.endpoint ?? Option.getOrUndefined(yield* Secrets.fromEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT"))
  return Address.read(named ?? defaultCollector)
})

/** The login in a collector's address as a header, since a request must not have it in its address. */
const loginHeader = ({ login }: Address.Address): Readonly<Record<string, string>> =>
  Option.match(login, {
    onNone: () => ({}),
    onSome: ({ user, password }) => ({
      authorization: `Basic ${Buffer.from(`${user}:${Redacted.value(password)}`).toString("base64")}`
    })
  })

/**
 * Traces of everything that runs with this layer, and all metrics; flushed when its scope closes, for at most
 * `closeWithin` seconds. Headers come from `OTEL_EXPORTER_OTLP_HEADERS`; the layer fails if they cannot be parsed.
 */
export const layer = (
  plan: OpenTelemetryPlan,
  closeWithin: number
): Layer.Layer<never, SinkError, RunDirectory> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const run = yield* RunDirectory
      const { kind, seed, versions } = yield* run.record
      const address = yield* collector(plan)
      const secret = yield* Secrets.secretFromEnvironment(variable)
      const headers = yield* Effect.fromResult(
        headersOf(Option.match(secret, { onNone: () => "", onSome: Redacted.value }))
      )
      const options = {
        resource: {
          serviceName: plan.service_name,
          ...(versions["anneal"] === undefined ? {} : { serviceVersion: versions["anneal"] }),
          attributes: { "anneal.run.id": run.id, "anneal.run.kind": kind, "anneal.run.seed": seed }
        },
        headers: { ...loginHeader(address), ...headers },
        shutdownTimeout: `${closeWithin} seconds` as const
      }
      const exported = Layer.mergeAll(
        OtlpTracer.layer({ ...options, url: `${address.base}/v1/traces` }),
        OtlpMetrics.layer({ ...options, url: `${address.base}/v1/metrics` })
      )
      return exported.pipe(Layer.provide([OtlpSerialization.layerJson, Http.layer]))
    })
  )

/** The last value of each number; a collector sees no others. */
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
