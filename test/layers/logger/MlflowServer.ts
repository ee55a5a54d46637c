/** What a tracking server of MLflow answers to what a run sends, and what it has then; enough to break it on purpose. */
import type { ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Recorder from "./Recorder.ts"

const Body = Schema.fromJsonString(
  Schema.Struct({
    metrics: Schema.optionalKey(
      Schema.Array(
        Schema.Struct({
          key: Schema.String,
          value: Schema.Union([Schema.Finite, Schema.String]),
          timestamp: Schema.Finite,
          step: Schema.Int
        })
      )
    ),
    status: Schema.optionalKey(Schema.String)
  })
)

export class MlflowServer {
  readonly recorder: Recorder.Recorder
  /** As its database keeps them: the same key, time, step and value is the same metric. */
  readonly metrics = new Map<string, number>()
  readonly statuses: Array<string> = []
  runs = 0
  fault: (request: Recorder.Request, response: ServerResponse) => boolean = () => false

  constructor(recorder: Recorder.Recorder) {
    this.recorder = recorder
    recorder.answer = (request, response) => {
      if (this.fault(request, response)) return
      const text = JSON.stringify(this.take(request))
      response.writeHead(200, { "content-type": "application/json" })
      response.end(text)
    }
  }

  get steps() {
    return [...this.metrics.values()]
  }

  readonly take = ({ url, text }: Recorder.Request): unknown => {
    const run = { info: { run_id: "r", artifact_uri: "mlflow-artifacts:/1/r/artifacts" } }
    if (url.includes("get-by-name")) return { experiment: { experiment_id: "1" } }
    if (url.endsWith("runs/search")) return this.runs > 0 ? { runs: [run] } : {}
    if (url.endsWith("runs/create")) {
      this.runs++
      return { run }
    }
    if (!url.endsWith("log-batch") && !url.endsWith("runs/update")) return {}
    const { metrics = [], status } = Schema.decodeUnknownSync(Body)(text)
    for (const metric of metrics) this.metrics.set(JSON.stringify(metric), metric.step)
    if (status !== undefined) this.statuses.push(status)
    return {}
  }
}

export const open = Effect.map(Recorder.open, (recorder) => new MlflowServer(recorder))
