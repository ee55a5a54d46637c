/** Results of the activities of unfinished stages, so that a restarted stage does not repeat them. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Database from "./Database.ts"

const json = Schema.fromJsonString(Schema.Json)

/** The result of an activity; undefined if it has not finished. */
export const recall = (database: Database.Database, key: string, activity: string) =>
  Effect.flatMap(
    database.all("SELECT answer FROM activity WHERE key = ? AND name = ?", key, activity),
    ([row]) => (row === undefined ? Effect.undefined : Database.decode(database, json, row["answer"]))
  )

/** The result is on disk when the effect ends. */
export const remember = (database: Database.Database, key: string, activity: string, answer: Schema.Json) =>
  Effect.flatMap(Database.encode(json, answer), (text) =>
    database.run("INSERT OR REPLACE INTO activity (key, name, answer) VALUES (?, ?, ?)", key, activity, text)
  )

/** The results of all unfinished stages. */
export const all = (database: Database.Database) =>
  Effect.flatMap(database.all("SELECT answer FROM activity"), (rows) =>
    Effect.forEach(rows, ({ answer }) => Database.decode(database, json, answer))
  )

export const forget = (database: Database.Database, key: string) =>
  database.run("DELETE FROM activity WHERE key = ?", key)

export const forgetAll = (database: Database.Database) => database.run("DELETE FROM activity")
