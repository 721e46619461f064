/**
 * From what each region says of an endpoint to what all of them should do about it.
 *
 * Down means down as seen by a quorum of the regions that have an opinion, or by one region alone with real traffic as
 * evidence there. A probe that fails from one place only is more often that place's network than the endpoint.
 *
 * Source: Huang et al., "Gray Failure", HotOS 2017 (compare observers before a verdict); DESIGN §3.
 */
import type { HealthCode } from "../protocol.ts";
import type { Region } from "../region.ts";

/** What one region knows of one endpoint. */
export interface RegionVerdict {
  readonly region: Region;
  /** From its own active checks: 0 no opinion, 1 healthy, 2 unhealthy, 3 not ready. */
  readonly health: HealthCode;
  /** Real attempts of the last seconds (decayed) that got a good answer, and that failed. */
  readonly good: number;
  readonly failed: number;
  /** When it said so. */
  readonly atMs: number;
}

/** `health` 0 when no quorum says anything. The counts are the evidence. */
export interface QuorumVerdict {
  readonly health: HealthCode;
  readonly down: number;
  readonly opinions: number;
}

/** A verdict older than this is nobody's opinion any more: three exchanges of a region that has no other (5 s). */
export const VERDICT_FRESH_MS = 15_000;
/** Failed attempts that make a region's word its own evidence, if they also outnumber the good ones. */
export const EVIDENCE_FAILURES = 3;

/**
 * What a strict majority of the regions with a fresh opinion say. Down without agreement on how (unhealthy or not ready)
 * is what most of those say, unhealthy on a tie. Half against half is no quorum. No opinions: health 0. Never throws.
 */
export function quorumOf(verdicts: readonly RegionVerdict[], nowMs: number): QuorumVerdict {
  let opinions = 0;
  let unhealthy = 0;
  let unready = 0;
  for (const { health, atMs } of verdicts) {
    if (health === 0 || nowMs - atMs > VERDICT_FRESH_MS) continue;
    opinions++;
    if (health === 2) unhealthy++;
    else if (health === 3) unready++;
  }
  const down = unhealthy + unready;
  if (down * 2 > opinions) return { health: unhealthy >= unready ? 2 : 3, down, opinions };
  return { health: (opinions - down) * 2 > opinions ? 1 : 0, down, opinions };
}

/**
 * What a region should take an endpoint's health to be.
 *
 * - `own`: its own active checks.
 * - `good`, `failed`: its own recent traffic.
 * - `quorum`: what the root object says, null when that is unknown or stale; then its own word counts.
 *
 * A quorum that says down is believed over an own "up". An own "down" stands when nobody else has an opinion, when no
 * majority contradicts it, or with real failures here; else it is taken back. Never throws.
 */
export function regionalHealth(
  own: HealthCode,
  good: number,
  failed: number,
  quorum: QuorumVerdict | null,
): HealthCode {
  if (quorum === null) return own;
  if (quorum.health === 2 || quorum.health === 3) return worseHealth(own, quorum.health);
  if (own !== 2 && own !== 3) return own;
  const hasEvidence = failed >= EVIDENCE_FAILURES && failed > good;
  return hasEvidence || quorum.health !== 1 ? own : 1;
}

/** From best to worst; `unknown` is not worse than healthy, it may take traffic, but it says less. */
const SEVERITY: readonly HealthCode[] = [1, 0, 3, 2, 4, 5];

/** The worse of two health codes: healthy, unknown, not ready, unhealthy, drained, disabled. Never throws. */
export function worseHealth(a: HealthCode, b: HealthCode): HealthCode {
  return SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b;
}
