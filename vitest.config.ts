import { defineConfig } from "vitest/config"

/** Rooms whose tests change nothing that another test could find: they share what they import. */
const rooms = ["cli", "config", "internal", "pipeline", "runs", "tasks", "testing"]

/** But for these, which measure the process, listen to it, or kill others. */
const apart = ["test/cli/Platform.test.ts", "test/config/growth.test.ts", "test/pipeline/kills.test.ts"]

/** These measure a time, so nothing else runs beside them. */
const timed = ["test/e2e/startup.test.ts"]

export default defineConfig({
  // `import "anneal"` means the sources here, as it does for the compiler.
  ssr: { resolve: { conditions: ["@anneal/source", "module", "node"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores are the machine this suite is kept fast on; an engine per worker more would only swap.
    maxWorkers: 2,
    projects: [
      // Half of the time of small tests is that of loading what they import: a worker loads it once for all of them.
      {
        extends: true,
        test: {
          name: "unit",
          include: rooms.map((room) => `test/${room}/**/*.test.ts`),
          exclude: apart,
          isolate: false
        }
      },
      {
        extends: true,
        test: {
          name: "unit-alone",
          // Tests of other templates compose the configs of a whole project: test/e2e/init.test.ts runs them in one.
          include: [
            ...apart,
            `test/!(e2e|${rooms.join("|")})/**/*.test.ts`,
            "examples/**/*.test.ts",
            "templates/blank/**/*.test.ts"
          ]
        }
      },
      // These start the real program, which trains, each with minutes to spare.
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: timed,
          globalSetup: "test/support/build.ts",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 }
        }
      },
      {
        extends: true,
        test: {
          name: "e2e-timed",
          include: timed,
          globalSetup: "test/support/build.ts",
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 }
        }
      }
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] }
  }
})
