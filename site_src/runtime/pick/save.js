/**
 * Writing to the scene file, through the dev server; in a deployed bundle there is no such door.
 */

/** @returns {string | null} the running server's token, null where there is no dev server */
export function serverToken() {
  return document.querySelector("meta[name=breathe-token]")?.getAttribute("content") ?? null;
}

/**
 * @param {"corners" | "adjust"} what
 * @param {object} body
 * @param {string} token
 * @returns {Promise<{ diff: string, file: string, backup: string }>}
 * @throws {Error} with the server's words
 */
export async function save(what, body, token) {
  let reply;
  try {
    reply = await fetch(`/__breathe/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Breathe-Token": token },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The dev server does not answer. Is breathe dev still running?");
  }
  if (!reply.ok) throw new Error((await reply.text()).trim() || `The server said ${reply.status}.`);
  return reply.json();
}
