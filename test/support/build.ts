/** Before tests that start the real program: what it is built of is built once, so that none of them has to. */
export { ensure as setup } from "../../scripts/built.ts"
