import { globSync } from "node:fs"
import { defineConfig } from "vitest/config"

/** A process has one TensorFlow.js, which starts its engines by itself: who uses it does so alone. */
const withEngines = [
  "test/pipeline/FitChecks.test.ts",
  "test/pipeline/nn/**",
  "test/pipeline/optim/**",
  "test/pipeline/run/RunRecorder.test.ts",
  "test/pipeline/train/**",
  "test/tasks/*/model/**",
  "test/tasks/imageClassification/ImageClassification.test.ts",
  "test/tasks/textDetection/ModelTrial.test.ts",
  "test/testing/**"
]

/** Of these rooms, tests change nothing that another test could find, but for those that measure, listen to or kill a process. */
const together = globSync("test/{cli,config,internal,pipeline,runs,tasks,testing}/**/*.test.ts", {
  cwd: import.meta.dirname,
  exclude: [
    "test/cli/Platform.test.ts",
    "test/config/growth.test.ts",
    "test/pipeline/kills.test.ts",
    ...withEngines
  ]
})

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
      { extends: true, test: { name: "unit", include: together, isolate: false } },
      {
        extends: true,
        test: {
          name: "unit-alone",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts", "templates/**/*.test.ts"],
          // Tests of these templates compose the configs of a whole project: test/e2e/init.test.ts runs them in one.
          exclude: [...together, "test/e2e/**", "templates/{classification,detection}/**"]
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
