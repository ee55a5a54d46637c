/** Why an engine could not be installed; no partial installation is left. */
import * as Schema from "effect/Schema"

export class EngineInstallError extends Schema.TaggedError<EngineInstallError>()("EngineInstallError", {
  engine: Schema.String,
  /** `architecture`, `glibc`, `space`, `folder`, `npm`, `vendor`, `pip`, `wheel`, `compiler`, `self-test`. */
  step: Schema.String,
  problem: Schema.String,
  cure: Schema.String,
  /** The last lines that the failing program wrote. */
  output: Schema.String
}) {
  override get message() {
    const said = this.output === "" ? "" : `\n${this.output}`
    return `engine ${this.engine} was not installed (${this.step}): ${this.problem}. ${this.cure}${said}`
  }
}
