/** Delivers a spool from where the last delivery ended, retries with increasing delays, and records its progress. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Durable from "../../internal/Durable.ts"
import { type Delivery, DeliveryError } from "./Delivery.ts"
import * as SpoolFile from "./File.ts"

/** How far a spool was delivered: the byte where the next entry begins, and the state of the delivery. */
interface Cursor<S> {
  readonly offset: number
  readonly state: S
}

const cursorSchema = <S>({ codec }: Delivery<S>) =>
  Schema.fromJsonString(Schema.Struct({ offset: Schema.Int, state: codec }))

const cursorFile = (path: string): string => `${path}.delivered`

const troubled = (error: PlatformError) =>
  new DeliveryError({
    problem: `the spool cannot be read or written: ${Durable.problemOf(error)}`,
    final: false,
    retryAfter: null
  })

/** Where the entries of a spool begin, and where its complete lines end. */
interface Extent {
  readonly start: number
  readonly end: number
}

/** A cursor of another spool, or of one that lost its end, would skip entries that were never delivered. */
const fits = <S>(
  fs: FileSystem.FileSystem,
  path: string,
  extent: Extent,
  { offset, state }: Cursor<S>,
  { holds }: Delivery<S>
) =>
  SpoolFile.isBoundary(fs, path, offset, extent).pipe(
    Effect.flatMap((inside) => (inside && holds !== undefined ? holds(state) : Effect.succeed(inside)))
  )

/** The cursor beside the spool; the beginning if there is none that can be read and fits. */
export const loadCursor = <S>(
  fs: FileSystem.FileSystem,
  path: string,
  extent: Extent,
  delivery: Delivery<S>
): Effect.Effect<Cursor<S>> => {
  const beginning: Cursor<S> = { offset: extent.start, state: delivery.initial }
  return fs.readFileString(cursorFile(path)).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(cursorSchema(delivery))),
    Effect.flatMap((cursor) =>
      Effect.map(fits(fs, path, extent, cursor, delivery), (fit) => (fit ? cursor : beginning))
    ),
    Effect.catch(() => Effect.succeed(beginning))
  )
}

/** Reads a cursor of any delivery, ignoring its state. */
const anyState: Delivery<unknown> = {
  initial: null,
  codec: Schema.Unknown,
  every: 0,
  send: (state) => Effect.succeed(state)
}

/** How far the spool was delivered, by any delivery. */
export const offsetOf = (fs: FileSystem.FileSystem, path: string, extent: Extent): Effect.Effect<number> =>
  Effect.map(loadCursor(fs, path, extent, anyState), ({ offset }) => offset)

const saveCursor = <S>(
  fs: FileSystem.FileSystem,
  path: string,
  delivery: Delivery<S>,
  cursor: Cursor<S>
): Effect.Effect<void, DeliveryError> =>
  Schema.encodeEffect(cursorSchema(delivery))(cursor).pipe(
    Effect.orDie,
    // The entries that the cursor counts as delivered must not be lost while the cursor is kept.
    Effect.tap(() => SpoolFile.sync(fs, path)),
    Effect.flatMap((text) => Durable.replaceFile(fs, cursorFile(path), [new TextEncoder().encode(text)])),
    Effect.mapError(troubled)
  )

/** Seconds before try `attempt`, from 1: 2, 4, 8 … at most 60; longer if the tracker asked for it, never shorter. */
export const patience = (attempt: number, { retryAfter }: DeliveryError): number =>
  Math.max(retryAfter ?? 0, Math.min(60, 2 ** attempt))

/** Delivers the entries of one read, retrying until they arrive or a failure is final. */
const persistently = <S>(
  delivery: Delivery<S>,
  state: S,
  entries: SpoolFile.Reading["entries"],
  onTrouble: (error: DeliveryError) => Effect.Effect<void>,
  attempt = 1
): Effect.Effect<S, DeliveryError> =>
  delivery
    .send(state, entries)
    .pipe(
      Effect.catch((error) =>
        error.final
          ? Effect.fail(error)
          : onTrouble(error).pipe(
              Effect.andThen(Effect.sleep(`${patience(attempt, error)} seconds`)),
              Effect.andThen(
                Effect.suspend(() => persistently(delivery, state, entries, onTrouble, attempt + 1))
              )
            )
      )
    )

export interface SendOptions {
  /** Bytes of complete lines in the spool now. */
  readonly end: () => number
  /** Called each time a delivery fails and will be retried. */
  readonly onTrouble: (error: DeliveryError) => Effect.Effect<void>
}

/** Delivers everything, including what is added meanwhile; the cursor moves after each delivery. */
export const drain = Effect.fnUntraced(function* <S>(
  fs: FileSystem.FileSystem,
  path: string,
  delivery: Delivery<S>,
  from: Cursor<S>,
  { end, onTrouble }: SendOptions
): Effect.fn.Return<Cursor<S>, DeliveryError> {
  let cursor = from
  while (cursor.offset < end()) {
    const { entries, next } = yield* SpoolFile.read(fs, path, cursor.offset, end()).pipe(
      Effect.mapError(troubled)
    )
    const state = yield* persistently(delivery, cursor.state, entries, onTrouble)
    cursor = { offset: next, state }
    yield* saveCursor(fs, path, delivery, cursor)
    yield* Effect.yieldNow
  }
  return cursor
})

const linesIn = (bytes: Uint8Array): number => {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) lines++
  return lines
}

/** The number of entries in the spool after the cursor. */
export const remaining = (
  fs: FileSystem.FileSystem,
  path: string,
  offset: number,
  end: number
): Effect.Effect<number, PlatformError> =>
  Effect.map(fs.readFile(path), (bytes) => linesIn(bytes.subarray(offset, end)))
