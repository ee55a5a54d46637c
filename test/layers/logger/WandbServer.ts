/**
 * A server on loopback that answers as Weights & Biases' does to what a run sends, and keeps what it was sent: the
 * requests as they came, and the files of the stream as they stand by their offsets.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export interface Recorded {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** The GraphQL operation, if it is one. */
  readonly operation: string | undefined
}

/** What to do with a request instead of answering it; undefined to answer. */
export type Fault = (request: Recorded, response: ServerResponse) => boolean

const Body = Schema.fromJsonString(
  Schema.Struct({
    query: Schema.String,
    variables: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)))
  })
)
const decodeBody = Schema.decodeUnknownSync(Body)

const Stream = Schema.fromJsonString(
  Schema.Struct({
    files: Schema.optionalKey(
      Schema.Record(
        Schema.String,
        Schema.Struct({ offset: Schema.Int, content: Schema.Array(Schema.String) })
      )
    ),
    uploaded: Schema.optionalKey(Schema.Array(Schema.String)),
    complete: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
    exitcode: Schema.optionalKey(Schema.NullOr(Schema.Int))
  })
)

export class WandbServer {
  port = 0
  readonly requests: Array<Recorded> = []
  /** Lines by file name, placed by their offsets. */
  readonly files = new Map<string, Array<string>>()
  readonly uploads = new Map<string, string>()
  readonly ends: Array<number> = []
  fault: Fault = () => false

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  operations(name: string) {
    return this.requests
      .filter(({ operation }) => operation === name)
      .map(({ text }) => decodeBody(text).variables ?? {})
  }

  /** History as objects, NaN and infinities as their names. */
  get history(): ReadonlyArray<Readonly<Record<string, unknown>>> {
    return (this.files.get("wandb-history.jsonl") ?? []).map((line) => parsed(line))
  }

  readonly #upload = (name: string) => `${this.url}/upload/${encodeURIComponent(name)}`

  /** Answers to the operations of a run, by name. */
  readonly #graphql = (operation: string, variables: Readonly<Record<string, unknown>>): unknown => {
    const input = Object(variables["input"])
    const answers: Readonly<Record<string, () => unknown>> = {
      Viewer: () => ({
        viewer: { id: "u", entity: "me", username: "me", flags: "{}", teams: { edges: [] } }
      }),
      ServerFeaturesQuery: () => ({ serverInfo: { features: [] } }),
      ArtifactType: () => ({ project: { artifact: null } }),
      UpsertBucket: () => ({
        upsertBucket: {
          bucket: {
            id: "aWQ=",
            name: variables["name"],
            displayName: variables["displayName"] ?? "shown",
            description: null,
            config: variables["config"] ?? "{}",
            sweepName: null,
            historyLineCount: 0,
            project: { id: "p", name: variables["project"], entity: { id: "e", name: "me" } }
          },
          inserted: true
        }
      }),
      CreateRunFiles: () => ({
        createRunFiles: {
          runID: "aWQ=",
          uploadHeaders: ["X-Upload: yes"],
          files: [Object(variables["files"])].flat().map((name) => ({ name, uploadUrl: this.#upload(name) }))
        }
      }),
      CreateArtifact: () => ({
        createArtifact: {
          artifact: { id: "art", state: "PENDING", artifactSequence: { id: "s", latestArtifact: null } }
        }
      }),
      CreateArtifactManifest: () => ({
        createArtifactManifest: {
          artifactManifest: {
            id: "man",
            file: { id: "f", uploadUrl: this.#upload("wandb_manifest.json"), uploadHeaders: [] }
          }
        }
      }),
      CreateArtifactFiles: () => ({
        createArtifactFiles: {
          files: {
            edges: [Object(input.artifactFiles)].flat().map((file) => ({
              node: {
                id: "af",
                name: file.name,
                storagePath: file.name,
                uploadUrl: this.#upload(`artifact/${file.name}`),
                uploadHeaders: [],
                uploadMultipartUrls: null,
                artifact: { id: "art" }
              }
            }))
          }
        }
      }),
      CommitArtifact: () => ({ commitArtifact: { artifact: { id: "art", digest: "d" } } })
    }
    return answers[operation]?.() ?? {}
  }

  readonly #stream = (text: string) => {
    const { files = {}, complete, exitcode } = Schema.decodeUnknownSync(Stream)(text)
    for (const [name, { offset, content }] of Object.entries(files)) {
      const lines = this.files.get(name) ?? []
      content.forEach((line, i) => {
        lines[offset + i] = line
      })
      this.files.set(name, lines)
    }
    if (complete === true) this.ends.push(exitcode ?? 0)
  }

  readonly answer = (request: Recorded): unknown => {
    if (request.url === "/graphql") {
      const { variables } = decodeBody(request.text)
      return { data: this.#graphql(request.operation ?? "", variables ?? {}) }
    }
    if (request.url.endsWith("/file_stream")) this.#stream(request.text)
    if (request.method === "PUT") {
      this.uploads.set(decodeURIComponent(request.url.replace("/upload/", "")), request.text)
    }
    return {}
  }
}

/** A line of JSON in which Python's NaN and infinities stand bare. */
export const parsed = (line: string): Readonly<Record<string, unknown>> =>
  JSON.parse(line.replaceAll(/([:[,])(-?Infinity|NaN)(?=[,}\]])/g, '$1"$2"'))

const withBody = (request: IncomingMessage, use: (body: Buffer) => void) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => use(Buffer.concat(chunks)))
}

const recorded = (request: IncomingMessage, body: Buffer): Recorded => {
  const url = request.url ?? ""
  // Bytes that are no text, such as pictures, come back in latin1.
  const text = request.method === "PUT" ? body.toString("latin1") : body.toString("utf8")
  const operation = url === "/graphql" ? /(?:query|mutation)\s+(\w+)/.exec(text)?.[1] : undefined
  return { method: request.method ?? "", url, headers: request.headers, text, operation }
}

/** A server of its own until the scope closes. */
export const open = Effect.acquireRelease(
  Effect.callback<{ readonly server: WandbServer; readonly stop: () => void }>((resume) => {
    const state = new WandbServer()
    const server = createServer((request, response) => {
      withBody(request, (body) => {
        const record = recorded(request, body)
        state.requests.push(record)
        if (state.fault(record, response)) return
        response.writeHead(200, { "content-type": "application/json" })
        response.end(JSON.stringify(state.answer(record)))
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      state.port = typeof address === "object" && address !== null ? address.port : 0
      resume(
        Effect.succeed({
          server: state,
          stop: () => {
            server.closeAllConnections()
            server.close()
          }
        })
      )
    })
  }),
  ({ stop }) => Effect.sync(stop)
).pipe(Effect.map(({ server }) => server))
