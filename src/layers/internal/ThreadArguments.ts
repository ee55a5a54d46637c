/** Which Node options of the process its threads are started with. */

/** Options for finding and loading modules: a thread needs these, and Node accepts them for threads. */
const loading =
  /^(?:-r|--require|--import|-C|--conditions|--loader|--experimental-loader)$|^--(?:require|import|conditions|loader|experimental-loader)=/

const loadingOf = (given: ReadonlyArray<string>): Array<string> =>
  given.flatMap((option, i) => {
    // The value is the next argument, or follows a `=`.
    const words = option.includes("=") ? 1 : 2
    return loading.test(option) ? given.slice(i, i + words) : []
  })

/**
 * For `new Worker(file, { execArgv })`. A thread inherits the options of its process, which is right except for
 * `--input-type`: it describes a program given as text, `node --input-type=module -e "…"`, and with it Node refuses
 * to start a thread from a file. Options that are passed explicitly must be ones that Node allows for threads.
 */
export const forFile = (given: ReadonlyArray<string> = process.execArgv): Array<string> | undefined =>
  given.some((option) => option.startsWith("--input-type")) ? loadingOf(given) : undefined
