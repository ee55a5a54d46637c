import { defineConfig } from "vitest/config"

export default defineConfig({
  // `import "anneal"` means the sources here, as it does for the compiler.
  ssr: { resolve: { conditions: ["@anneal/source", "module", "node"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores are the machine this suite is kept fast on; an engine per worker more would only swap.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts", "templates/**/*.test.ts"],
          // Tests of these templates compose the configs of a whole project: test/e2e/init.test.ts runs them in one.
          exclude: ["test/e2e/**", "templates/{classification,detection}/**"]
        }
      },
      // These start the real program, which trains: one at a time, each with minutes to spare.
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1
        }
      }
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] }
  }
})
