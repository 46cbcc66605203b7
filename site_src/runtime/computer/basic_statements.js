/**
 * BASIC's statements: each takes the machine, with its finger behind the statement's own word. Pure.
 */
import { BasicError, number, string, truth } from "./basic_values.js";

/** @typedef {import("./basic.js").Basic} Basic */
/** @typedef {import("./basic.js").Value} Value */

const DEEPEST = 24; // loops and subroutines inside each other
const LAST_LINE = 63999;

/** @type {Record<string, (basic: Basic) => void>} */
export const STATEMENTS = {
  PRINT: print,
  LET: assign,
  GOTO: (basic) => basic.jump(basic.lineNumber()),
  GOSUB: gosub,
  RETURN: comeBack,
  IF: decide,
  FOR: startLoop,
  NEXT: goRound,
  ON: choose,
  INPUT: input,
  GET: (basic) => basic.set(basic.name(), basic.host.key()),
  POKE: poke,
  SYS: (basic) => basic.host.sys(basic.number()),
  LIST: list,
  LOAD: load,
  RUN: run,
  CLR: (basic) => basic.clear(),
  END: (basic) => basic.ready(),
  STOP: (basic) => void basic.break(),
  NEW(basic) {
    basic.program = [];
    basic.clear();
    basic.ready();
  },
  DIM(basic) {
    while (!basic.atEnd()) {
      basic.name();
      basic.take(",");
    }
  },
  REM(basic) {
    basic.place.at = basic.tokens.length;
  },
  SAVE() {
    throw new BasicError("DEVICE NOT PRESENT");
  },
};

/** @param {Basic} basic */
function run(basic) {
  const target = basic.atEnd() ? 0 : basic.lineNumber();
  basic.clear();
  if (!basic.program.length) return basic.ready();
  return basic.jump(target || basic.program[0].number);
}

/** @param {Basic} basic */
function gosub(basic) {
  call(basic, basic.lineNumber());
}

/** Goes there, and remembers the way back. @param {Basic} basic @param {number} lineNumber */
function call(basic, lineNumber) {
  if (basic.returns.length >= DEEPEST) throw new BasicError("OUT OF MEMORY");
  basic.returns.push({ ...basic.place });
  basic.jump(lineNumber);
}

/** @param {Basic} basic */
function comeBack(basic) {
  const place = basic.returns.pop();
  if (!place) throw new BasicError("RETURN WITHOUT GOSUB");
  basic.place = place;
}

/** @param {Basic} basic */
function decide(basic) {
  const yes = truth(basic.value());
  if (basic.peek() !== "GOTO") basic.expect("THEN");
  if (!yes) basic.place.at = basic.tokens.length;
  else if (basic.take("GOTO") || basic.tokens[basic.place.at]?.kind === "number") {
    basic.jump(basic.lineNumber());
  }
}

/** @param {Basic} basic */
function choose(basic) {
  const choice = Math.trunc(basic.number());
  const isCall = basic.take("GOSUB");
  if (!isCall) basic.expect("GOTO");
  const targets = [basic.lineNumber()];
  while (basic.take(",")) targets.push(basic.lineNumber());
  const target = targets[choice - 1];
  if (target === undefined) return;
  if (isCall) call(basic, target);
  else basic.jump(target);
}

/** @param {Basic} basic */
function startLoop(basic) {
  const name = basic.name();
  basic.expect("=");
  basic.set(name, basic.number());
  basic.expect("TO");
  const limit = basic.number();
  const step = basic.take("STEP") ? basic.number() : 1;
  basic.loops = basic.loops.filter((loop) => loop.name !== name);
  if (basic.loops.length >= DEEPEST) throw new BasicError("OUT OF MEMORY");
  basic.loops.push({ name, limit, step, place: { ...basic.place } });
}

/** @param {Basic} basic */
function goRound(basic) {
  const name = basic.atEnd() ? basic.loops.at(-1)?.name : basic.name();
  const index = basic.loops.findIndex((loop) => loop.name === name);
  if (index < 0) throw new BasicError("NEXT WITHOUT FOR");
  basic.loops.length = index + 1;
  const loop = basic.loops[index];
  const value = number(basic.get(loop.name)) + loop.step;
  basic.set(loop.name, value);
  if (loop.step < 0 ? value >= loop.limit : value <= loop.limit) basic.place = { ...loop.place };
  else basic.loops.pop();
}

/** @param {Basic} basic */
function assign(basic) {
  const name = basic.name();
  basic.expect("=");
  basic.set(name, basic.value());
}

/** @param {Basic} basic */
function print(basic) {
  let newLine = true;
  while (!basic.atEnd()) {
    newLine = true;
    if (basic.take(";")) newLine = false;
    else if (basic.take(",")) {
      basic.host.print(" ".repeat(10 - (basic.host.column() % 10)));
      newLine = false;
    } else if (basic.peek() === "TAB" || basic.peek() === "SPC") {
      const from = basic.peek() === "TAB" ? basic.host.column() : 0;
      basic.place.at++;
      basic.host.print(" ".repeat(Math.min(255, Math.max(0, Math.trunc(basic.number()) - from))));
    } else basic.host.print(printed(basic.value()));
  }
  if (newLine) basic.host.print("\r");
}

/** @param {Basic} basic */
function input(basic) {
  const prompt = basic.tokens[basic.place.at];
  if (prompt?.kind === "string") {
    basic.place.at++;
    basic.expect(";");
    basic.host.print(prompt.text);
  }
  if (basic.place.line < 0) throw new BasicError("ILLEGAL DIRECT");
  basic.asked = [basic.name()];
  while (basic.take(",")) basic.asked.push(basic.name());
  basic.ask("? ");
}

/** @param {Basic} basic */
function poke(basic) {
  const address = basic.number();
  basic.expect(",");
  const value = basic.number();
  if (value < 0 || value > 255 || address < 0 || address > 65535)
    throw new BasicError("ILLEGAL QUANTITY");
  basic.host.poke(Math.trunc(address), Math.trunc(value));
}

/** @param {Basic} basic */
function list(basic) {
  const from = basic.tokens[basic.place.at]?.kind === "number" ? basic.lineNumber() : 0;
  const range = basic.take("-");
  const to =
    basic.tokens[basic.place.at]?.kind === "number"
      ? basic.lineNumber()
      : from && !range
        ? from
        : LAST_LINE;
  basic.listing = [
    "",
    ...basic.program
      .filter((line) => line.number >= from && line.number <= to)
      .map((line) => `${line.number} ${line.text}`),
  ];
  if (basic.place.line >= 0) basic.place = { line: -1, at: basic.direct.length };
}

/** @param {Basic} basic */
function load(basic) {
  basic.wanted = basic.atEnd() ? "*" : string(basic.value());
  while (basic.take(",")) basic.number();
  basic.mode = "load";
}

/** A value as PRINT shows it. @param {Value} value */
function printed(value) {
  if (typeof value === "string") return value;
  return `${value < 0 ? "" : " "}${string(value, true)} `;
}
