/** The data module of the detector: from a setup to its data sets, in worker threads or in the thread of the run. */
import * as Workers from "../../pipeline/task/Workers.ts"
import * as DetectionSource from "./DetectionSource.ts"

export default Workers.serve(DetectionSource.build)
