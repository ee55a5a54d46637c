/** The parts of the configuration that the vectors exercise, in one place. */
export * as NumberText from "../../src/config/NumberText.ts"
export * as Override from "../../src/config/Override.ts"
export * as OverrideGrammar from "../../src/config/OverrideGrammar.ts"
export * as OverrideValue from "../../src/config/OverrideValue.ts"
export * as Sweep from "../../src/config/Sweep.ts"
