/** The data module of image classification, which workers run: makes batches of a catalogue's pictures. */
import { serve } from "../../../pipeline/task/Workers.ts"
import * as ClassificationSource from "./ClassificationSource.ts"

export default serve(ClassificationSource.build)
