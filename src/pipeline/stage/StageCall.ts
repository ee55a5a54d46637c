/** A stage with the values that it is called with, as the cache knows it. */
import type * as Schema from "effect/Schema"
import * as Artifact from "./Artifact.ts"
import * as Fingerprint from "./Fingerprint.ts"
import type { StageCall, StageInput } from "./StageRecord.ts"

/** Longest encoded input that a record repeats, in characters. */
const shortValue = 200

export const input = (json: Schema.Json, from: ReadonlyArray<string>): StageInput => {
  const text = Fingerprint.canonical(json)
  return {
    digest: Fingerprint.ofText(text),
    value: text.length <= shortValue ? json : null,
    from,
    artifacts: Artifact.within(json)
  }
}

/** The key hangs on what goes into the stage alone, never on where it came from or when. */
export const make = (call: Omit<StageCall, "key">): StageCall => ({
  ...call,
  key: Fingerprint.of({
    stage: call.stage,
    version: call.version,
    parameters: call.parameters,
    inputs: Object.fromEntries(Object.entries(call.inputs).map(([name, { digest }]) => [name, digest]))
  })
})
