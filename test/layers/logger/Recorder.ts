/** A server on loopback that takes anything and keeps it. */
import { createServer, type ServerResponse } from "node:http"
import * as Effect from "effect/Effect"

export interface Request {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

export class Recorder {
  port = 0
  readonly requests: Array<Request> = []
  /** Answers in place of the usual `{}`. */
  answer: (request: Request, response: ServerResponse) => void = (_, response) => {
    response.writeHead(200, { "content-type": "application/json" })
    response.end("{}")
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }
}

/** A server of its own until the scope closes. */
export const open = Effect.acquireRelease(
  Effect.callback<{ readonly recorder: Recorder; readonly stop: () => void }>((resume) => {
    const recorder = new Recorder()
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const { method = "", url = "", headers } = request
        const kept = { method, url, headers, text: Buffer.concat(chunks).toString("utf8") }
        recorder.requests.push(kept)
        recorder.answer(kept, response)
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      recorder.port = typeof address === "object" && address !== null ? address.port : 0
      const stop = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ recorder, stop }))
    })
  }),
  ({ stop }) => Effect.sync(stop)
).pipe(Effect.map(({ recorder }) => recorder))
