/**
 * Where a spool may be delivered to. A run of this process is delivered where its own plan says. A run found on disk
 * may come from anybody: the server that it names is used only if the environment, the configuration or the user
 * names it too, and keys are sent only to servers named by the environment or the configuration.
 */
import * as Address from "../../internal/Address.ts"
import * as Foreign from "../../internal/Foreign.ts"
import { type DeliveryError, refusal } from "../spool/Delivery.ts"
import type { RunFolder } from "../spool/RunFiles.ts"

/** What the delivering process decides, and not the spool. */
export interface Origin {
  readonly folder: RunFolder
  readonly consent: Consent
}

export interface Consent {
  /** Whether the plan is this process's own. */
  readonly own: boolean
  /** Servers and folders that the user's configuration names. */
  readonly configured: ReadonlyArray<string>
  /** Those that the user named for this delivery; they get no key. */
  readonly confirmed: ReadonlyArray<string>
}

/** A run of this process. */
export const own: Consent = { own: true, configured: [], confirmed: [] }

const among = (places: ReadonlyArray<string>, place: string): boolean =>
  places.some((one) => Address.isSame(one, place))

/** Whether the user's environment (`usual`: the one it names, or the default) or configuration names the server. */
export const isNamed = ({ own: ours, configured }: Consent, server: string, usual: string): boolean =>
  ours || among([usual, ...configured], server)

/** Whether the user named the place for this delivery. */
export const isConfirmed = ({ confirmed }: Consent, place: string): boolean => among(confirmed, place)

/** The place as an argument of a command. */
const shown = (place: string): string => Foreign.quoted(Address.masked(place))

/** The command that confirms a place. */
export const confirming = (place: string): string => `anneal runs sync --server ${shown(place)}`

/** The user did not name the place; `cure` says how to. */
export const unnamed = (place: string, cure: string): DeliveryError =>
  refusal(
    `its run directory names ${shown(place)}, which neither your environment nor your configuration does. If you trust it, ${cure}`
  )
