/** Ports of loopback for servers that cannot choose one themselves. */
import { createServer } from "node:net"
import * as Effect from "effect/Effect"

/** A port that nobody listens on now. */
export const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})
