/**
 * BASIC's values: expressions to numbers and strings. Pure.
 */
import { decodeByte, encodeChar } from "./petscii.js";

/** @typedef {import("./basic.js").Value} Value */
/** @typedef {{tokens: import("./basic_tokens.js").Token[], at: number}} Reader */

/** What goes wrong in a program; the message is the machine's, without "?" and " ERROR". */
export class BasicError extends Error {}

const LONGEST_STRING = 255;

/** How tightly each operator binds. @type {Record<string, number>} */
const BINDING = {
  OR: 1,
  AND: 2,
  "=": 4,
  "<": 4,
  ">": 4,
  "<=": 4,
  ">=": 4,
  "<>": 4,
  "=<": 4,
  "=>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "^": 8,
  "↑": 8,
};
const NOT_BINDING = 3;
const SIGN_BINDING = 7;

/** @type {Record<string, (x: number) => number>} */
const NUMERIC = {
  INT: Math.floor,
  ABS: Math.abs,
  SGN: Math.sign,
  SIN: Math.sin,
  COS: Math.cos,
  TAN: Math.tan,
  ATN: Math.atan,
  EXP: Math.exp,
  SQR: (x) => (x < 0 ? refuse() : Math.sqrt(x)),
  LOG: (x) => (x <= 0 ? refuse() : Math.log(x)),
  RND: () => Math.random(),
  FRE: () => 38911,
};

/** @returns {never} */
function refuse() {
  throw new BasicError("ILLEGAL QUANTITY");
}

/** @param {Value} value @returns {number} */
export function number(value) {
  if (typeof value !== "number") throw new BasicError("TYPE MISMATCH");
  if (!Number.isFinite(value) || Math.abs(value) > 1.7e38) throw new BasicError("OVERFLOW");
  return value;
}

/**
 * A string; with `show`, a number as PRINT writes it: nine digits, .5 for 0.5.
 * @param {Value} value @param {boolean} [show]
 */
export function string(value, show = false) {
  if (typeof value === "number") {
    if (!show) throw new BasicError("TYPE MISMATCH");
    const rounded = Number(value.toPrecision(9));
    const size = Math.abs(rounded);
    if (size && (size >= 1e9 || size < 0.01)) {
      return rounded
        .toExponential()
        .replace(/e([+-])(\d)$/, "E$10$2")
        .replace("e", "E");
    }
    return String(rounded).replace(/^(-?)0\./, "$1.");
  }
  if (value.length > LONGEST_STRING) throw new BasicError("STRING TOO LONG");
  return value;
}

/**
 * What a token says to the language; a string says nothing there, be it ";" or "PRINT".
 * @param {import("./basic_tokens.js").Token | undefined} token
 */
export const wordOf = (token) => (!token || token.kind === "string" ? "" : token.text);

/** @param {Value} value */
export const truth = (value) => number(value) !== 0;

/**
 * Reads one expression.
 * @param {Reader} reader moves past it
 * @param {{get: (name: string) => Value, host: {peek: (address: number) => number}}} machine
 * @param {number} [binding] operators that bind less tightly end it
 * @returns {Value}
 */
export function evaluate(reader, machine, binding = 0) {
  let left = operand(reader, machine);
  for (;;) {
    const sign = wordOf(reader.tokens[reader.at]);
    const strength = Object.hasOwn(BINDING, sign) ? BINDING[sign] : 0;
    if (!strength || strength <= binding) return left;
    reader.at++;
    left = combine(sign, left, evaluate(reader, machine, strength));
  }
}

/** @param {string} sign @param {Value} left @param {Value} right @returns {Value} */
function combine(sign, left, right) {
  if (typeof left !== typeof right) throw new BasicError("TYPE MISMATCH");
  switch (sign) {
    case "=":
      return left === right ? -1 : 0;
    case "<>":
      return left !== right ? -1 : 0;
    case "<":
      return left < right ? -1 : 0;
    case ">":
      return left > right ? -1 : 0;
    case "<=":
    case "=<":
      return left <= right ? -1 : 0;
    case ">=":
    case "=>":
      return left >= right ? -1 : 0;
    case "+":
      return typeof left === "string" ? string(left + right) : number(left + number(right));
  }
  const a = number(left);
  const b = number(right);
  switch (sign) {
    case "-":
      return number(a - b);
    case "*":
      return number(a * b);
    case "/":
      if (b === 0) throw new BasicError("DIVISION BY ZERO");
      return number(a / b);
    case "AND":
      return a & b;
    case "OR":
      return a | b;
    default: {
      const power = a ** b;
      return Number.isNaN(power) ? refuse() : number(power);
    }
  }
}

/** @param {Reader} reader @param {Parameters<typeof evaluate>[1]} machine @returns {Value} */
function operand(reader, machine) {
  const token = reader.tokens[reader.at++];
  if (!token) throw new BasicError("SYNTAX");
  switch (token.kind) {
    case "number":
      return number(Number(token.text) || 0);
    case "string":
      return token.text;
    case "name":
      return variable(token.text, reader, machine);
    case "word":
      return call(token.text, reader, machine);
  }
  switch (token.text) {
    case "-":
      return -number(evaluate(reader, machine, SIGN_BINDING));
    case "+":
      return number(evaluate(reader, machine, SIGN_BINDING));
    case "π":
      return Math.PI;
    case "(": {
      const value = evaluate(reader, machine);
      close(reader);
      return value;
    }
    default:
      throw new BasicError("SYNTAX");
  }
}

/** @param {Reader} reader */
function close(reader) {
  if (wordOf(reader.tokens[reader.at++]) !== ")") throw new BasicError("SYNTAX");
}

/** The values in brackets. @param {Reader} reader @param {Parameters<typeof evaluate>[1]} machine @returns {Value[]} */
function inBrackets(reader, machine) {
  if (wordOf(reader.tokens[reader.at++]) !== "(") throw new BasicError("SYNTAX");
  const values = [evaluate(reader, machine)];
  while (wordOf(reader.tokens[reader.at]) === ",") {
    reader.at++;
    values.push(evaluate(reader, machine));
  }
  close(reader);
  return values;
}

/** @param {string} name @param {Reader} reader @param {Parameters<typeof evaluate>[1]} machine */
function variable(name, reader, machine) {
  if (wordOf(reader.tokens[reader.at]) !== "(") return machine.get(name);
  const index = inBrackets(reader, machine).map((value) => Math.trunc(number(value)));
  return machine.get(`${index.join()})${name}`);
}

/** @param {string} word @param {Reader} reader @param {Parameters<typeof evaluate>[1]} machine @returns {Value} */
function call(word, reader, machine) {
  if (word === "NOT") return ~number(evaluate(reader, machine, NOT_BINDING));
  const [first, second, third] = inBrackets(reader, machine);
  if (Object.hasOwn(NUMERIC, word)) return number(NUMERIC[word](number(first)));
  switch (word) {
    case "PEEK":
      return machine.host.peek(number(first));
    case "CHR$": {
      const byte = Math.trunc(number(first));
      return byte < 0 || byte > 255 ? refuse() : decodeByte(byte);
    }
    case "STR$":
      return `${number(first) < 0 ? "" : " "}${string(first, true)}`;
    case "VAL":
      return number(Number.parseFloat(string(first)) || 0);
    case "LEN":
      return [...string(first)].length;
    case "ASC":
      return string(first) ? encodeChar([...string(first)][0]) : refuse();
    case "LEFT$":
      return slice(first, 0, second);
    case "RIGHT$":
      return slice(first, Math.max(0, [...string(first)].length - count(second)), second);
    case "MID$":
      return slice(first, count(second) - 1, third ?? LONGEST_STRING);
    default:
      throw new BasicError("SYNTAX");
  }
}

/** @param {Value} value @param {number} start @param {Value} length */
function slice(value, start, length) {
  return [...string(value)].slice(start < 0 ? refuse() : start, start + count(length)).join("");
}

/** @param {Value | undefined} value a whole number from 0 to 255 */
function count(value) {
  const whole = Math.trunc(number(value ?? refuse()));
  return whole < 0 || whole > LONGEST_STRING ? refuse() : whole;
}
