/**
 * `anneal pipeline`, for itself: the one command that loads somebody's own module. Its bundle holds the Effect and the
 * Anneal that such a module imports, so that both are loaded once and are the same (programs/pipeline/SharedModules.ts).
 */
import { Command } from "effect/cli"
import packageJson from "../../package.json" with { type: "json" }
import * as Arguments from "./Arguments.ts"
import * as PipelineCommand from "./commands/Pipeline.ts"
import * as Process from "./Process.ts"

const root = Command.make("anneal").pipe(Command.withSubcommands([PipelineCommand.command]))

Process.start((args) => Command.runWith(root, { version: packageJson.version })(Arguments.normalise(args)))
