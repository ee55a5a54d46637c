/**
 * Where a spool may be delivered to. A run of this process goes where its own plan says. A run that was found on the
 * disk may come from anybody: what it says counts only where the environment, the configuration or the person says so
 * too, and keys go only where the environment or the configuration does.
 */
import * as Address from "../../internal/Address.ts"
import * as Foreign from "../../internal/Foreign.ts"
import { type DeliveryError, refusal } from "../spool/Delivery.ts"
import type { RunFolder } from "../spool/RunFiles.ts"

/** What the one who delivers a spool says, and not the spool. */
export interface Origin {
  readonly folder: RunFolder
  readonly consent: Consent
}

export interface Consent {
  /** Whether the plan is this process's own. */
  readonly own: boolean
  /** Servers and folders that the person's configuration names. */
  readonly configured: ReadonlyArray<string>
  /** Those that the person named for this delivery; they get no key. */
  readonly confirmed: ReadonlyArray<string>
}

/** A run of this process. */
export const own: Consent = { own: true, configured: [], confirmed: [] }

const among = (places: ReadonlyArray<string>, place: string): boolean =>
  places.some((one) => Address.isSame(one, place))

/** Whether the person's environment (`usual`, what it names or the default) or configuration names the server. */
export const isNamed = ({ own: ours, configured }: Consent, server: string, usual: string): boolean =>
  ours || among([usual, ...configured], server)

/** Whether the person named the place for this delivery. */
export const isConfirmed = ({ confirmed }: Consent, place: string): boolean => among(confirmed, place)

/** As a command takes it. */
const shown = (place: string): string => Foreign.quoted(Address.masked(place))

/** The command that confirms a place. */
export const confirming = (place: string): string => `anneal runs sync --server ${shown(place)}`

/** The person did not name the place; `cure` says how to. */
export const unnamed = (place: string, cure: string): DeliveryError =>
  refusal(
    `its run directory names ${shown(place)}, which neither your environment nor your configuration does. If you trust it, ${cure}`
  )
