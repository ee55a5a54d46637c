import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as OpenTelemetry from "../../../src/layers/logger/OpenTelemetry.ts"
import * as Recorder from "./Recorder.ts"
import { inFolder, logging } from "./runs.ts"

const Attributes = Schema.Array(
  Schema.Struct({ key: Schema.String, value: Schema.Record(Schema.String, Schema.Unknown) })
)
const Resource = Schema.Struct({ attributes: Attributes })

const Traces = Schema.fromJsonString(
  Schema.Struct({
    resourceSpans: Schema.Array(
      Schema.Struct({
        resource: Resource,
        scopeSpans: Schema.Array(
          Schema.Struct({ spans: Schema.Array(Schema.Struct({ name: Schema.String })) })
        )
      })
    )
  })
)

const Metrics = Schema.fromJsonString(
  Schema.Struct({
    resourceMetrics: Schema.Array(
      Schema.Struct({
        scopeMetrics: Schema.Array(
          Schema.Struct({
            metrics: Schema.Array(
              Schema.Struct({
                name: Schema.String,
                gauge: Schema.optionalKey(
                  Schema.Struct({
                    dataPoints: Schema.Array(
                      Schema.Struct({
                        asDouble: Schema.optionalKey(Schema.Finite),
                        asInt: Schema.optionalKey(Schema.Union([Schema.Int, Schema.String]))
                      })
                    )
                  })
                )
              })
            )
          })
        )
      })
    )
  })
)

describe("OpenTelemetry", () => {
  it("reads headers as its specification writes them", () => {
    assert.deepStrictEqual(OpenTelemetry.headersOf("api-key=a%20b, x=1=2,bad"), {
      "api-key": "a b",
      x: "1=2"
    })
  })

  it.live("posts the spans and the last numbers of a run, with its id and the collector's headers", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const collector = yield* Recorder.open
        const plan = { opentelemetry: { endpoint: collector.url, service_name: "receipts" } }
        const environment = ConfigProvider.layer(
          ConfigProvider.fromUnknown({ OTEL_EXPORTER_OTLP_HEADERS: "api-key=planted" })
        )
        yield* Effect.provide(
          logging(folder, plan, (logger) =>
            Effect.andThen(
              logger.scalars(1, { "train/loss": 2 }),
              logger.scalars(2, { "train/loss": 0.5 })
            ).pipe(Effect.withSpan("Trainer.fit"))
          ),
          environment
        )
        const texts = (url: string) =>
          collector.requests.filter((one) => one.url === url).map(({ text }) => text)
        const traces = texts("/v1/traces").flatMap(
          (text) => Schema.decodeUnknownSync(Traces)(text).resourceSpans
        )
        const names = traces.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))
        )
        assert.include(names, "Trainer.fit")
        assert.deepInclude(traces[0]?.resource.attributes ?? [], {
          key: "anneal.run.id",
          value: { stringValue: "k3v9x0ab" }
        })
        const gauges = new Map(
          texts("/v1/metrics")
            .flatMap((text) => Schema.decodeUnknownSync(Metrics)(text).resourceMetrics)
            .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
            .map(({ name, gauge }) => [name, gauge?.dataPoints.at(-1)])
        )
        assert.strictEqual(gauges.get("train/loss")?.asDouble, 0.5)
        assert.strictEqual(Number(gauges.get("anneal.step")?.asInt ?? gauges.get("anneal.step")?.asDouble), 2)
        for (const { headers, text } of collector.requests) {
          assert.strictEqual(headers["api-key"], "planted")
          assert.notInclude(text, "planted")
        }
      })
    )
  )

  it.live("lets a run end within its bound when the collector hangs", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const collector = yield* Recorder.open
        collector.answer = () => {}
        const plan = { opentelemetry: { endpoint: collector.url }, finish_timeout: 1 }
        const ended = yield* logging(folder, plan, (logger) => logger.scalars(1, { a: 1 })).pipe(
          Effect.timeoutOption("5 seconds")
        )
        assert.strictEqual(ended._tag, "Some")
      })
    )
  )
})
