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
import { evaluate, number, string, truth, BasicError } from "./basic_values.js";
import { tokens } from "./basic_tokens.js";

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
const DEEPEST = 24;
const MOST_VARIABLES = 5000;
const HIGHEST_LINE = 63999;

export class Basic {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    /** @type {Mode} */
    this.mode = "ready";
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
    if (numbered) return this.#guard(() => this.#keep(Number(numbered[1]), numbered[2]));
    this.#guard(() => {
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
    this.#guard(() => this.#advance());
  }

  /** RUN/STOP. Says whether there was anything to break. */
  break() {
    if (this.mode === "ready") return false;
    this.listing = [];
    this.host.print(`\rBREAK${this.#where()}`);
    this.#ready();
    return true;
  }

  /** The answer to INPUT. @param {string} text */
  answer(text) {
    this.mode = "run";
    this.#guard(() => {
      const given = text.split(",");
      while (this.asked.length) {
        const name = this.asked[0];
        const raw = given.shift();
        if (raw === undefined) return this.#ask("?? ");
        const value = name.endsWith("$")
          ? raw.trim().replace(/^"|"$/g, "")
          : Number(raw.trim() || 0);
        if (typeof value === "number" && Number.isNaN(value)) {
          this.host.print("?REDO FROM START\r");
          return this.#ask("? ");
        }
        this.#set(name, value);
        this.asked.shift();
      }
    });
  }

  /** The disk's answer to LOAD. @param {string | null} source lines with numbers, or null */
  loaded(source) {
    this.mode = "run";
    this.#guard(() => {
      if (source === null) throw new BasicError("FILE NOT FOUND");
      this.#clear();
      // As they come: the directory has many lines of one number.
      this.program = source.split("\n").flatMap((line) => {
        const match = /^\s*(\d{1,5}) ?(.*)$/.exec(line);
        return match ? { number: Number(match[1]), text: match[2] } : [];
      });
      this.#ready();
    });
  }

  /** @param {() => void} work */
  #guard(work) {
    try {
      work();
    } catch (error) {
      if (!(error instanceof BasicError)) throw error;
      this.host.print(`${this.host.column() ? "\r" : ""}?${error.message} ERROR${this.#where()}`);
      this.#ready();
    }
  }

  #where() {
    const line = this.program[this.place.line];
    return line ? ` IN ${line.number}` : "";
  }

  #ready() {
    this.mode = "ready";
    this.place = { line: -1, at: 0 };
    this.direct = [];
    this.host.print(`${this.host.column() ? "\r" : ""}\rREADY.\r`);
  }

  /** @param {number} lineNumber @param {string} text */
  #keep(lineNumber, text) {
    if (lineNumber > HIGHEST_LINE) throw new BasicError("SYNTAX");
    const others = this.program.filter((line) => line.number !== lineNumber);
    const size = others.reduce((sum, line) => sum + line.text.length + 5, text.length);
    if (size > MEMORY_BYTES) throw new BasicError("OUT OF MEMORY");
    if (text) others.push({ number: lineNumber, text });
    this.program = others.sort((a, b) => a.number - b.number);
  }

  get #tokens() {
    return this.place.line < 0 ? this.direct : (this.code[this.place.line] ?? []);
  }

  #advance() {
    const line = this.#tokens;
    while (line[this.place.at]?.text === ":") this.place.at++;
    if (this.place.at >= line.length) {
      if (this.place.line < 0 || this.place.line + 1 >= this.program.length) return this.#ready();
      this.place = { line: this.place.line + 1, at: 0 };
      return undefined;
    }
    return this.#statement();
  }

  /** The token under the finger, without moving. */
  #peek() {
    return this.#tokens[this.place.at]?.text ?? "";
  }

  /** Moves on when the next token is `text`. @param {string} text */
  #take(text) {
    if (this.#peek() !== text) return false;
    this.place.at++;
    return true;
  }

  /** @param {string} text */
  #expect(text) {
    if (!this.#take(text)) throw new BasicError("SYNTAX");
  }

  #atEnd() {
    const next = this.#tokens[this.place.at];
    return !next || next.text === ":";
  }

  /** @returns {Value} */
  #value() {
    const reader = { tokens: this.#tokens, at: this.place.at };
    const value = evaluate(reader, this);
    this.place.at = reader.at;
    return value;
  }

  #number() {
    return number(this.#value());
  }

  #statement() {
    const token = this.#tokens[this.place.at];
    if (token.kind === "name") return this.#let();
    this.place.at++;
    switch (token.text) {
      case "PRINT":
        return this.#print();
      case "LET":
        return this.#let();
      case "GOTO":
        return this.#jump(this.#lineNumber());
      case "GOSUB":
        return this.#gosub();
      case "RETURN":
        return this.#return();
      case "IF":
        return this.#if();
      case "FOR":
        return this.#for();
      case "NEXT":
        return this.#next();
      case "ON":
        return this.#on();
      case "INPUT":
        return this.#input();
      case "GET":
        return this.#set(this.#name(), this.host.key());
      case "POKE":
        return this.#poke();
      case "SYS":
        return this.host.sys(this.#number());
      case "LIST":
        return this.#list();
      case "LOAD":
        return this.#load();
      case "SAVE":
        throw new BasicError("DEVICE NOT PRESENT");
      case "RUN":
        return this.#run();
      case "NEW":
        this.program = [];
        this.#clear();
        return this.#ready();
      case "CLR":
        return this.#clear();
      case "DIM":
        while (!this.#atEnd()) {
          this.#name();
          this.#take(",");
        }
        return undefined;
      case "REM":
        this.place.at = this.#tokens.length;
        return undefined;
      case "END":
        return this.#ready();
      case "STOP":
        this.break();
        return undefined;
      default:
        throw new BasicError("SYNTAX");
    }
  }

  #clear() {
    this.variables.clear();
    this.loops = [];
    this.returns = [];
  }

  #run() {
    const target = this.#atEnd() ? 0 : this.#lineNumber();
    this.#clear();
    if (!this.program.length) return this.#ready();
    return this.#jump(target || this.program[0].number);
  }

  /** A line number as it stands after GOTO. */
  #lineNumber() {
    const token = this.#tokens[this.place.at++];
    if (token?.kind !== "number") throw new BasicError("UNDEF'D STATEMENT");
    return Number(token.text);
  }

  /** @param {number} lineNumber */
  #jump(lineNumber) {
    const line = this.program.findIndex((one) => one.number === lineNumber);
    if (line < 0) throw new BasicError("UNDEF'D STATEMENT");
    if (this.place.line < 0) this.code = this.program.map((one) => tokens(one.text));
    this.place = { line, at: 0 };
  }

  #gosub() {
    if (this.returns.length >= DEEPEST) throw new BasicError("OUT OF MEMORY");
    const target = this.#lineNumber();
    this.returns.push({ ...this.place });
    this.#jump(target);
  }

  #return() {
    const place = this.returns.pop();
    if (!place) throw new BasicError("RETURN WITHOUT GOSUB");
    this.place = place;
  }

  #if() {
    const yes = truth(this.#value());
    if (this.#peek() !== "GOTO") this.#expect("THEN");
    if (!yes) this.place.at = this.#tokens.length;
    else if (this.#take("GOTO") || this.#tokens[this.place.at]?.kind === "number") {
      this.#jump(this.#lineNumber());
    }
  }

  #on() {
    const choice = Math.trunc(this.#number());
    const gosub = this.#take("GOSUB");
    if (!gosub) this.#expect("GOTO");
    const targets = [this.#lineNumber()];
    while (this.#take(",")) targets.push(this.#lineNumber());
    const target = targets[choice - 1];
    if (target === undefined) return;
    if (gosub) this.returns.push({ ...this.place });
    this.#jump(target);
  }

  #for() {
    const name = this.#name();
    this.#expect("=");
    this.#set(name, this.#number());
    this.#expect("TO");
    const limit = this.#number();
    const step = this.#take("STEP") ? this.#number() : 1;
    this.loops = this.loops.filter((loop) => loop.name !== name);
    if (this.loops.length >= DEEPEST) throw new BasicError("OUT OF MEMORY");
    this.loops.push({ name, limit, step, place: { ...this.place } });
  }

  #next() {
    const name = this.#atEnd() ? this.loops.at(-1)?.name : this.#name();
    const index = this.loops.findIndex((loop) => loop.name === name);
    if (index < 0) throw new BasicError("NEXT WITHOUT FOR");
    this.loops.length = index + 1;
    const loop = this.loops[index];
    const value = number(this.get(loop.name)) + loop.step;
    this.#set(loop.name, value);
    if (loop.step < 0 ? value >= loop.limit : value <= loop.limit) this.place = { ...loop.place };
    else this.loops.pop();
  }

  #let() {
    const name = this.#name();
    this.#expect("=");
    this.#set(name, this.#value());
  }

  /** A variable, with its index when it is of an array. */
  #name() {
    const token = this.#tokens[this.place.at];
    if (token?.kind !== "name") throw new BasicError("SYNTAX");
    this.place.at++;
    if (!this.#take("(")) return token.text;
    const index = [Math.trunc(this.#number())];
    while (this.#take(",")) index.push(Math.trunc(this.#number()));
    this.#expect(")");
    return `${index.join()})${token.text}`;
  }

  /** The value of a variable; unset ones are 0 or "". @param {string} name @returns {Value} */
  get(name) {
    if (name === "TI") return this.host.jiffies();
    return this.variables.get(name) ?? (name.endsWith("$") ? "" : 0);
  }

  /** @param {string} name @param {Value} value */
  #set(name, value) {
    if (this.variables.size >= MOST_VARIABLES) throw new BasicError("OUT OF MEMORY");
    const kept = name.endsWith("$")
      ? string(value)
      : name.endsWith("%")
        ? Math.trunc(number(value))
        : number(value);
    this.variables.set(name, kept);
  }

  #print() {
    let newLine = true;
    while (!this.#atEnd()) {
      newLine = true;
      if (this.#take(";")) newLine = false;
      else if (this.#take(",")) {
        this.host.print(" ".repeat(10 - (this.host.column() % 10)));
        newLine = false;
      } else if (this.#peek() === "TAB" || this.#peek() === "SPC") {
        const from = this.#take("TAB") ? this.host.column() : (this.place.at++, 0);
        this.host.print(" ".repeat(Math.min(255, Math.max(0, Math.trunc(this.#number()) - from))));
      } else this.host.print(printed(this.#value()));
    }
    if (newLine) this.host.print("\r");
  }

  #input() {
    const prompt = this.#tokens[this.place.at];
    if (prompt?.kind === "string") {
      this.place.at++;
      this.#expect(";");
      this.host.print(prompt.text);
    }
    if (this.place.line < 0) throw new BasicError("ILLEGAL DIRECT");
    this.asked = [this.#name()];
    while (this.#take(",")) this.asked.push(this.#name());
    this.#ask("? ");
  }

  /** @param {string} prompt */
  #ask(prompt) {
    this.host.print(prompt);
    this.mode = "input";
  }

  #poke() {
    const address = this.#number();
    this.#expect(",");
    const value = this.#number();
    if (value < 0 || value > 255 || address < 0 || address > 65535)
      throw new BasicError("ILLEGAL QUANTITY");
    this.host.poke(Math.trunc(address), Math.trunc(value));
  }

  #list() {
    const from = this.#tokens[this.place.at]?.kind === "number" ? this.#lineNumber() : 0;
    const range = this.#take("-");
    const to =
      this.#tokens[this.place.at]?.kind === "number"
        ? this.#lineNumber()
        : from && !range
          ? from
          : HIGHEST_LINE;
    this.listing = [
      "",
      ...this.program
        .filter((line) => line.number >= from && line.number <= to)
        .map((line) => `${line.number} ${line.text}`),
    ];
    if (this.place.line >= 0) this.place = { line: -1, at: this.direct.length };
  }

  #load() {
    this.wanted = this.#atEnd() ? "*" : string(this.#value());
    while (this.#take(",")) this.#number();
    this.mode = "load";
  }
}

/** A value as PRINT shows it. @param {Value} value */
function printed(value) {
  if (typeof value === "string") return value;
  return `${value < 0 ? "" : " "}${string(value, true)} `;
}
