/**
 * A BASIC line as tokens. Pure. Keywords are found anywhere, as the machine's own cruncher does:
 * `FORI=1TO9` is FOR, I, =, 1, TO, 9.
 */
import { BasicError } from "./basic_values.js";

/** @typedef {{kind: "word"|"name"|"number"|"string"|"sign", text: string}} Token */

const WORDS = [
  "PRINT",
  "LET",
  "GOTO",
  "GOSUB",
  "RETURN",
  "IF",
  "THEN",
  "FOR",
  "TO",
  "STEP",
  "NEXT",
  "INPUT",
  "GET",
  "POKE",
  "PEEK",
  "LIST",
  "LOAD",
  "SAVE",
  "RUN",
  "NEW",
  "REM",
  "END",
  "STOP",
  "CLR",
  "SYS",
  "ON",
  "AND",
  "OR",
  "NOT",
  "DIM",
  "TAB",
  "SPC",
  "CHR\\$",
  "ASC",
  "LEN",
  "LEFT\\$",
  "RIGHT\\$",
  "MID\\$",
  "STR\\$",
  "VAL",
  "RND",
  "INT",
  "ABS",
  "SGN",
  "SQR",
  "SIN",
  "COS",
  "TAN",
  "ATN",
  "EXP",
  "LOG",
  "FRE",
]
  .sort((a, b) => b.length - a.length)
  .join("|");

const TOKEN = new RegExp(
  `\\s*(?:(REM)(.*)|(${WORDS}|\\?)|([A-Z](?:(?!${WORDS})[A-Z0-9])*[$%]?)` +
    `|((?:\\d+\\.?\\d*|\\.\\d*)(?:E[+-]?\\d+)?)|"([^"]*)"?|(<=|>=|<>|=<|=>|[-+*/^↑()<>=,;:π]))`,
  "y",
);

/** @param {string} line @returns {Token[]} @throws {BasicError} at a character that is no BASIC */
export function tokens(line) {
  const text = line
    .replace(/"[^"]*"?|[^"]+/g, (part) =>
      part[0] === '"' ? part : part.replace(/[a-z]+/g, (word) => word.toUpperCase()),
    )
    .trimEnd();
  /** @type {Token[]} */
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw new BasicError("SYNTAX");
    const [, rem, , word, name, digits, quoted, sign] = match;
    if (rem) found.push({ kind: "word", text: "REM" });
    else if (word) found.push({ kind: "word", text: word === "?" ? "PRINT" : word });
    else if (name) found.push({ kind: "name", text: shortName(name) });
    else if (digits) found.push({ kind: "number", text: digits });
    else if (quoted !== undefined) found.push({ kind: "string", text: quoted });
    else found.push({ kind: "sign", text: sign });
  }
  return found;
}

/** Two letters and the type sign count. @param {string} name */
function shortName(name) {
  const type = /[$%]$/.exec(name)?.[0] ?? "";
  return name.replace(/[$%]$/, "").slice(0, 2) + type;
}
