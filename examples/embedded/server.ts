// Run: node examples/embedded/server.ts [port], then: curl -X POST localhost:3000/train ; curl localhost:3000/status
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as MainProgram from "anneal/MainProgram"
import * as Effect from "effect/Effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import * as Layer from "effect/Layer"
import * as Training from "./Training.ts"

const json = HttpServerResponse.jsonUnsafe

/** What every route answers: the status of the training after the action. */
const answer = (act: (training: Training.Training["Service"]) => Effect.Effect<void>) =>
  Training.Training.use((training) =>
    Effect.andThen(
      act(training),
      Effect.map(training.status, (now) => json(now))
    )
  )

const routes = Layer.mergeAll(
  HttpRouter.add(
    "POST",
    "/train",
    answer(({ start }) => start({}))
  ),
  HttpRouter.add(
    "POST",
    "/resume",
    answer(({ start }) => start({ resume: "last" }))
  ),
  HttpRouter.add(
    "POST",
    "/stop",
    answer(({ stop }) => stop)
  ),
  HttpRouter.add(
    "GET",
    "/status",
    answer(() => Effect.void)
  )
)

HttpRouter.serve(routes).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { port: Number(process.argv[2] ?? 3000) })),
  Layer.provide(Training.layer),
  Layer.launch,
  MainProgram.run
)
