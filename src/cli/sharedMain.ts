/**
 * The `anneal` command for those of its uses that load a module of the user's own: a pipeline, or a task. Its bundle
 * holds the Effect and the Anneal that such a module imports, so that both are loaded once and are the same
 * (programs/module/SharedModules.ts). `bin/anneal.mjs` chooses it.
 */
import * as App from "./App.ts"
import * as Process from "./Process.ts"

Process.start(App.run)
