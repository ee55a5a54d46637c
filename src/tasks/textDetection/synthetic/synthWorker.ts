/** The data module of `SynthFolder`: from a setup to encoded pictures, in worker threads or in the thread of the run. */
import * as Workers from "../../../pipeline/task/Workers.ts"
import * as Made from "./Made.ts"

export default Workers.serve(Made.dataset)
