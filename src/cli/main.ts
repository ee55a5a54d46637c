/**
 * The `anneal` command. Parse, compose, run, report: each command loads its own modules when it is called, so that
 * `--help` and a refused typo never wait for an engine.
 */
import * as App from "./App.ts"
import * as Process from "./Process.ts"

Process.start(App.run)
