/**
 * What is wrong, in the form that the server has it too.
 *
 * @typedef {object} Problem
 * @property {string} subject
 * @property {string} got
 * @property {string} [expected]
 * @property {string} [remedy]
 * @property {string} [detail]
 * @property {{ number: number, text: string, hit: boolean }[]} [frame] the lines around
 */

/** @param {string} got @param {string} [subject] @returns {Problem} */
export function problemOf(got, subject = "a module of the page") {
  return { subject, got };
}

/** @param {ErrorEvent} event of a module that threw or did not load @returns {Promise<Problem>} */
export async function scriptProblem({ message, filename, lineno, target }) {
  const source = target instanceof HTMLScriptElement ? target.src : filename;
  if (!source) return problemOf(message || "a module did not load");
  const file = new URL(source).pathname.replace(/^.*\/runtime\.[0-9a-f]+\//, "site_src/runtime/");
  const problem = problemOf(message || "it did not load", lineno ? `${file}:${lineno}` : file);
  try {
    const lines = (await (await fetch(source)).text()).split("\n");
    problem.frame = lines
      .map((text, k) => ({ number: k + 1, text, hit: k + 1 === lineno }))
      .slice(Math.max(0, lineno - 4), lineno + 3);
  } catch {
    // The words alone must do.
  }
  return problem;
}
