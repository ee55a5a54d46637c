/** Which of the process's options for Node a thread of ours is started with. */

/** How modules are found and loaded: what of the options a thread needs, and may be given. */
const loading =
  /^(?:-r|--require|--import|-C|--conditions|--loader|--experimental-loader)$|^--(?:require|import|conditions|loader|experimental-loader)=/

const loadingOf = (given: ReadonlyArray<string>): Array<string> =>
  given.flatMap((option, i) => {
    // The value follows in a word of its own, or after a `=`.
    const words = option.includes("=") ? 1 : 2
    return loading.test(option) ? given.slice(i, i + words) : []
  })

/**
 * For `new Worker(file, { execArgv })`. A thread takes over the options of its process, which is right but for
 * `--input-type`: that speaks of a program given as text, `node --input-type=module -e "…"`, and with it Node refuses
 * to start a thread from a file. Options that are given and not taken over may be no more than a thread may have.
 */
export const forFile = (given: ReadonlyArray<string> = process.execArgv): Array<string> | undefined =>
  given.some((option) => option.startsWith("--input-type")) ? loadingOf(given) : undefined
