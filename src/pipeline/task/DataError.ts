/** What is wrong with data that somebody gave. */
import * as Schema from "effect/Schema"

/** The data cannot be used: missing, empty, broken. `where` is a path, a path and line, a file name, or a data set. */
export class DataError extends Schema.TaggedError<DataError>()("DataError", {
  where: Schema.String,
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${this.where}: ${this.problem}. ${this.cure}`
  }
}
