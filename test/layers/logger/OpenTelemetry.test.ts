import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
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
    assert.deepStrictEqual(
      OpenTelemetry.headersOf("api-key=a%20b, x=1=2,bad"),
      Result.succeed({ "api-key": "a b", x: "1=2" })
    )
    assert.deepStrictEqual(OpenTelemetry.headersOf(""), Result.succeed({}))
  })

  it.live.each([
    ["a value that encodes no text", "x=%E0%A4%A", "pair 1 has a value that is not percent-encoded"],
    [
      "a header that no request can hold",
      "y=1,x=secret%0A",
      "pair 2 contains a character that is not allowed"
    ],
    ["no name of a header", "authorization: Bearer secret=", "pair 1 is not named like a header"]
  ])("is done without, with a sentence and not the value, where its headers have %s", ([, headers, why]) =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const collector = yield* Recorder.open
        const said: Array<string> = []
        const listener = Logger.make(({ message }) => {
          said.push(String(message))
        })
        const plan = { jsonl: true, opentelemetry: { endpoint: collector.url } }
        yield* logging(folder, plan, (logger) => logger.scalars(1, { a: 1 })).pipe(
          Effect.provide([
            Logger.layer([listener]),
            ConfigProvider.layer(ConfigProvider.fromUnknown({ OTEL_EXPORTER_OTLP_HEADERS: headers }))
          ])
        )
        assert.lengthOf(said, 1)
        assert.include(said[0], `logger.opentelemetry: OTEL_EXPORTER_OTLP_HEADERS cannot be parsed: ${why}`)
        assert.include(said[0], "% as %25")
        assert.notInclude(said[0], "secret")
        assert.lengthOf(collector.requests, 0)
        assert.include(yield* fs.readFileString(join(folder, "metrics.jsonl")), '"a":1')
      })
    )
  )

  it.live("gives up an answer that never ends, and the run ends in time", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const collector = yield* Recorder.open
        let sent = 0
        collector.answer = (_, response) => {
          const chunk = Buffer.alloc(1 << 16, "x")
          const more = () => {
            while (response.writable && response.write(chunk)) sent += chunk.length
            sent += chunk.length
          }
          response.on("drain", more)
          more()
        }
        const plan = { opentelemetry: { endpoint: collector.url }, finish_timeout: 2 }
        yield* logging(folder, plan, (logger) => logger.scalars(1, { a: 1 }))
        assert.isAbove(collector.requests.length, 0)
        assert.isBelow(sent, collector.requests.length * (16 << 20))
      })
    )
  )

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
