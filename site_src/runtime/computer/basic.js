/**
 * A small BASIC, run one statement at a time so that it can never hang the page. Pure: the outside
 * is a `Host`.
 *
 *   basic.enter('10 PRINT "HI"'); basic.enter("RUN"); while (basic.mode === "run") basic.step();
 *
 * Knows the everyday part of the old machine's language: numbers and strings, arrays without DIM's
 * limits, FOR, GOSUB, INPUT, GET, POKE and PEEK of the colour registers, LOAD, LIST, and its
 * messages. Two letters of a variable's name count, as ever.
 */
import { STATEMENTS } from "./basic_statements.js";
import { tokens } from "./basic_tokens.js";
import { BasicError, evaluate, number, string, wordOf } from "./basic_values.js";

/** @typedef {import("./basic_tokens.js").Token} Token */
/** @typedef {number | string} Value */
/**
 * @typedef {object} Host
 * @property {(text: string) => void} print screen text
 * @property {() => number} column where the cursor is, from 0
 * @property {(address: number, value: number) => void} poke
 * @property {(address: number) => number} peek
 * @property {() => string} key a typed character, or ""
 * @property {() => number} jiffies sixtieths of a second since power-on
 * @property {(address: number) => void} sys starts machine code
 */
/** @typedef {"ready"|"run"|"input"|"load"} Mode */
/** @typedef {{line: number, at: number}} Place line is an index into the program, -1 the direct line */
/** @typedef {{name: string, limit: number, step: number, place: Place}} Loop */

const MEMORY_BYTES = 38911;
const MOST_VARIABLES = 5000;
const HIGHEST_LINE = 63999;

export class Basic {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    /** @type {Mode} */
    this.mode = "ready";
    /** The last line typed was broken off, or ended in an error. */
    this.failed = false;
    /** What LOAD asks for while `mode` is "load". */
    this.wanted = "";
    /** @type {{number: number, text: string}[]} in order */
    this.program = [];
    /** @type {Map<string, Value>} */
    this.variables = new Map();
    /** @type {Token[][]} tokens of each program line, made when a run starts */
    this.code = [];
    /** @type {Token[]} */
    this.direct = [];
    /** @type {Place} */
    this.place = { line: -1, at: 0 };
    /** @type {Loop[]} */
    this.loops = [];
    /** @type {Place[]} */
    this.returns = [];
    /** @type {string[]} lines that LIST has still to print */
    this.listing = [];
    /** @type {string[]} names that INPUT has still to fill */
    this.asked = [];
  }

  /** Takes a line as typed at READY: a numbered one is kept, any other runs. @param {string} text */
  enter(text) {
    const line = text.trim();
    const numbered = /^(\d{1,6})\s*(.*)$/.exec(line);
    if (!line) return;
    this.failed = false;
    if (numbered) return this.guard(() => this.keep(Number(numbered[1]), numbered[2]));
    this.guard(() => {
      this.direct = tokens(line);
      this.place = { line: -1, at: 0 };
      this.mode = "run";
    });
  }

  /** Runs one statement, or lists one line. */
  step() {
    if (this.mode !== "run") return;
    const listed = this.listing.shift();
    if (listed !== undefined) return this.host.print(`${listed}\r`);
    this.guard(() => this.advance());
  }

  /** RUN/STOP. Says whether there was anything to break. */
  break() {
    if (this.mode === "ready") return false;
    this.listing = [];
    this.failed = true;
    this.host.print(`\rBREAK${this.where()}`);
    this.ready();
    return true;
  }

  /** The answer to INPUT. @param {string} text */
  answer(text) {
    this.mode = "run";
    this.guard(() => {
      const given = text.split(",");
      while (this.asked.length) {
        const name = this.asked[0];
        const raw = given.shift();
        if (raw === undefined) return this.ask("?? ");
        const value = name.endsWith("$")
          ? raw.trim().replace(/^"|"$/g, "")
          : Number(raw.trim() || 0);
        if (typeof value === "number" && Number.isNaN(value)) {
          this.host.print("?REDO FROM START\r");
          return this.ask("? ");
        }
        this.set(name, value);
        this.asked.shift();
      }
    });
  }

  /** The disk's answer to LOAD. @param {string | null} source lines with numbers, or null */
  loaded(source) {
    this.mode = "run";
    this.guard(() => {
      if (source === null) throw new BasicError("FILE NOT FOUND");
      this.clear();
      // As they come: the directory has many lines of one number.
      this.program = source.split("\n").flatMap((line) => {
        const match = /^\s*(\d{1,5}) ?(.*)$/.exec(line);
        return match ? { number: Number(match[1]), text: match[2] } : [];
      });
      this.ready();
    });
  }

  /** @param {() => void} work */
  guard(work) {
    try {
      work();
    } catch (error) {
      if (!(error instanceof BasicError)) throw error;
      this.failed = true;
      this.host.print(`${this.host.column() ? "\r" : ""}?${error.message} ERROR${this.where()}`);
      this.ready();
    }
  }

  where() {
    const line = this.program[this.place.line];
    return line ? ` IN ${line.number}` : "";
  }

  ready() {
    this.mode = "ready";
    this.place = { line: -1, at: 0 };
    this.direct = [];
    this.host.print(`${this.host.column() ? "\r" : ""}\rREADY.\r`);
  }

  /** @param {number} lineNumber @param {string} text */
  keep(lineNumber, text) {
    if (lineNumber > HIGHEST_LINE) throw new BasicError("SYNTAX");
    const others = this.program.filter((line) => line.number !== lineNumber);
    const size = others.reduce((sum, line) => sum + line.text.length + 5, text.length);
    if (size > MEMORY_BYTES) throw new BasicError("OUT OF MEMORY");
    if (text) others.push({ number: lineNumber, text });
    this.clear(); // places in the old program mean nothing in the new one
    this.program = others.sort((a, b) => a.number - b.number);
  }

  get tokens() {
    return this.place.line < 0 ? this.direct : (this.code[this.place.line] ?? []);
  }

  advance() {
    const line = this.tokens;
    while (this.peek() === ":") this.place.at++;
    if (this.place.at >= line.length) {
      if (this.place.line < 0 || this.place.line + 1 >= this.program.length) return this.ready();
      this.place = { line: this.place.line + 1, at: 0 };
      return undefined;
    }
    const token = this.tokens[this.place.at];
    if (token.kind === "name") return STATEMENTS.LET(this);
    this.place.at++;
    const word = wordOf(token);
    if (!Object.hasOwn(STATEMENTS, word)) throw new BasicError("SYNTAX");
    return STATEMENTS[word](this);
  }

  /** The word or sign under the finger, without moving. */
  peek() {
    return wordOf(this.tokens[this.place.at]);
  }

  /** Moves on when the next token is `text`. @param {string} text */
  take(text) {
    if (this.peek() !== text) return false;
    this.place.at++;
    return true;
  }

  /** @param {string} text */
  expect(text) {
    if (!this.take(text)) throw new BasicError("SYNTAX");
  }

  atEnd() {
    return this.place.at >= this.tokens.length || this.peek() === ":";
  }

  /** @returns {Value} */
  value() {
    const reader = { tokens: this.tokens, at: this.place.at };
    const value = evaluate(reader, this);
    this.place.at = reader.at;
    return value;
  }

  number() {
    return number(this.value());
  }

  clear() {
    this.variables.clear();
    this.loops = [];
    this.returns = [];
  }

  /** A line number as it stands after GOTO. */
  lineNumber() {
    const token = this.tokens[this.place.at++];
    if (token?.kind !== "number") throw new BasicError("UNDEF'D STATEMENT");
    return Number(token.text);
  }

  /** @param {number} lineNumber */
  jump(lineNumber) {
    const line = this.program.findIndex((one) => one.number === lineNumber);
    if (line < 0) throw new BasicError("UNDEF'D STATEMENT");
    if (this.place.line < 0) this.code = this.program.map((one) => tokens(one.text));
    this.place = { line, at: 0 };
  }

  /** A variable, with its index when it is of an array. */
  name() {
    const token = this.tokens[this.place.at];
    if (token?.kind !== "name") throw new BasicError("SYNTAX");
    this.place.at++;
    if (!this.take("(")) return token.text;
    const index = [Math.trunc(this.number())];
    while (this.take(",")) index.push(Math.trunc(this.number()));
    this.expect(")");
    return `${index.join()})${token.text}`;
  }

  /** The value of a variable; unset ones are 0 or "". @param {string} name @returns {Value} */
  get(name) {
    if (name === "TI") return this.host.jiffies();
    return this.variables.get(name) ?? (name.endsWith("$") ? "" : 0);
  }

  /** @param {string} name @param {Value} value */
  set(name, value) {
    if (this.variables.size >= MOST_VARIABLES) throw new BasicError("OUT OF MEMORY");
    const kept = name.endsWith("$")
      ? string(value)
      : name.endsWith("%")
        ? Math.trunc(number(value))
        : number(value);
    this.variables.set(name, kept);
  }

  /** @param {string} prompt */
  ask(prompt) {
    this.host.print(prompt);
    this.mode = "input";
  }
}
