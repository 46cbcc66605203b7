/**
 * Where the visit is: one word on `<html data-phase>`, which styles, scripts and tests read.
 *
 *     idle → walkin → ambient → boot → dial → bbs → off
 */

/** @typedef {"idle" | "walkin" | "ambient" | "boot" | "dial" | "bbs" | "off"} Phase */

/** @type {readonly Phase[]} */
export const PHASES = ["idle", "walkin", "ambient", "boot", "dial", "bbs", "off"];

/**
 * The phase that the address asks for, as `?at=bbs`.
 *
 * @param {URLSearchParams} query
 * @returns {Phase | null} null without a (known) wish
 */
export function wishedPhase(query) {
  return PHASES.find((phase) => phase === query.get("at")) ?? null;
}

/**
 * Where "skip" leads: to the chair, or, once there, to the stories.
 *
 * @param {Phase} phase
 * @returns {Phase | null} null where there is nothing to skip
 */
export function skipTarget(phase) {
  if (phase === "idle" || phase === "walkin") return "ambient";
  return phase === "bbs" ? null : "bbs";
}

/**
 * Whether the computer is on, or the chair at least reached.
 *
 * @param {Phase} phase
 */
export function seated(phase) {
  return phase !== "idle" && phase !== "walkin";
}

/**
 * Whether the computer has anything on its screen.
 *
 * @param {Phase} phase
 * @returns {phase is "boot" | "dial" | "bbs" | "off"}
 */
export function isOn(phase) {
  return phase === "boot" || phase === "dial" || phase === "bbs" || phase === "off";
}
