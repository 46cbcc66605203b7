import assert from "node:assert/strict";
import { test } from "node:test";

import { Basic } from "../../../site_src/runtime/computer/basic.js";
import { Screen } from "../../../site_src/runtime/computer/screen.js";

/** A machine without a page: types lines, and runs each for at most `most` statements. */
function machine() {
  const screen = new Screen();
  /** @type {Record<number, number>} */
  const memory = {};
  const keys = [..."XY"];
  /** @type {number[]} */
  const calls = [];
  let output = "";
  const basic = new Basic({
    print: (text) => {
      output += text;
      screen.write(text);
    },
    column: () => screen.column,
    poke: (address, value) => (memory[address] = value),
    peek: (address) => memory[address] ?? 0,
    key: () => keys.shift() ?? "",
    jiffies: () => 120,
    sys: (address) => calls.push(address),
  });
  return {
    basic,
    memory,
    calls,
    screen,
    type(/** @type {string} */ line, most = 500) {
      output = "";
      basic.enter(line);
      for (let i = 0; i < most && basic.mode === "run"; i++) basic.step();
      return output
        .replace(/\r/g, "\n")
        .replace(/\n*READY\.\n$/, "")
        .trim();
    },
  };
}

const ONE_LINERS = [
  ['PRINT "HELLO"', "HELLO"],
  ['?"HI"', "HI"],
  ["PRINT 2+3*4", "14"],
  ["PRINT (2+3)*4", "20"],
  ["PRINT -2^2", "-4"],
  ["PRINT 2↑3", "8"],
  ["PRINT 7/2", "3.5"],
  ["PRINT .1+.2", ".3"],
  ["PRINT 1/3", ".333333333"],
  ["PRINT 1E10", "1E+10"],
  ["PRINT 0.001", "1E-03"],
  ["PRINT 1=1;2<1", "-1  0"],
  ["PRINT NOT 0 AND 7 OR 8", "15"],
  ["PRINT 5>3 AND 2>1", "-1"],
  ['PRINT "A"+"B"', "AB"],
  ['PRINT "A"<"B"', "-1"],
  ['PRINT LEN("ABC");ASC("A");CHR$(65)', "3  65 A"],
  ['PRINT LEFT$("HELLO",2)RIGHT$("HELLO",2)MID$("HELLO",2,3)', "HELOELL"],
  ['PRINT VAL("12AB")+1;STR$(5)', "13  5"],
  ["PRINT INT(-1.5);ABS(-3);SGN(-9);SQR(9)", "-2  3 -1  3"],
  ['A$="X":A=3:PRINT A$;A', "X 3"],
  ["A%=3.9:PRINT A%", "3"],
  ["APPLE=1:APRICOT=2:PRINT APPLE", "2"],
  ["A(3)=7:B(1,2)=8:PRINT A(3);B(1,2);A(4)", "7  8  0"],
  ["LET X=5:PRINTX", "5"],
  ["FORI=1TO3:PRINTI;:NEXT", "1  2  3"],
  ["FOR I=3 TO 1 STEP -1:PRINT I;:NEXT I", "3  2  1"],
  ['IF 1=1 THEN PRINT "YES"', "YES"],
  ['IF 1=2 THEN PRINT "YES"', ""],
  ['PRINT "A","B"', "A         B"],
  ['PRINT "A"TAB(5)"B"SPC(2)"C"', "A    B  C"],
  ["PRINT π", "3.14159265"],
  ["PRINT TI", "120"],
  ["GET A$:PRINT A$", "X"],
  ["REM NOTHING: PRINT 1", ""],
  ['?";"', ";"],
  ['?":"', ":"],
  ['?","', ","],
  ['?")"', ")"],
  ['?"TAB"', "TAB"],
  ['?"("', "("],
  ['?"A";";";"B"', "A;B"],
  ['A=5:B=3:?A;":";B', "5 : 3"],
  ['A=5:?A"("A', "5 ( 5"],
  ['?LEN(";");LEN(":")', "1  1"],
  ['IF ":"=":" THEN ?"THEN"', "THEN"],
  ["", ""],
];

for (const [line, output] of ONE_LINERS) {
  test(`basic: ${line || "an empty line"}`, () => assert.equal(machine().type(line), output));
}

const MISTAKES = [
  ["HELLO", "?SYNTAX ERROR"],
  ["PRINT )", "?SYNTAX ERROR"],
  ["FOR", "?SYNTAX ERROR"],
  ["@#!", "?SYNTAX ERROR"],
  ["PRINT 1/0", "?DIVISION BY ZERO ERROR"],
  ['PRINT "A"+1', "?TYPE MISMATCH ERROR"],
  ["GOTO 999", "?UNDEF'D STATEMENT ERROR"],
  ["NEXT", "?NEXT WITHOUT FOR ERROR"],
  ["RETURN", "?RETURN WITHOUT GOSUB ERROR"],
  ["POKE 53280,256", "?ILLEGAL QUANTITY ERROR"],
  ["PRINT CHR$(300)", "?ILLEGAL QUANTITY ERROR"],
  ["PRINT SQR(-1)", "?ILLEGAL QUANTITY ERROR"],
  ["PRINT 9^99", "?OVERFLOW ERROR"],
  ["INPUT A", "?ILLEGAL DIRECT ERROR"],
  ["99999 PRINT", "?SYNTAX ERROR"],
  ['PRINT LEFT$("A",-1)', "?ILLEGAL QUANTITY ERROR"],
  ["SAVE", "?DEVICE NOT PRESENT ERROR"],
  ["PRINT CHR$", "?SYNTAX ERROR"],
  ['"PRINT"', "?SYNTAX ERROR"],
  ['":"', "?SYNTAX ERROR"],
  ['A"="5', "?SYNTAX ERROR"],
  ['?LEN("A"")"', "?SYNTAX ERROR"],
  ['GOTO "10"', "?UNDEF'D STATEMENT ERROR"],
  ["?1E999", "?OVERFLOW ERROR"],
  ['?VAL("1E999")', "?OVERFLOW ERROR"],
  ["?1E38/1E-38", "?OVERFLOW ERROR"],
];

for (const [line, output] of MISTAKES) {
  test(`basic says ${output} to ${line}`, () => assert.equal(machine().type(line), output));
}

test("a program is kept in order, listed and run", () => {
  const { type } = machine();
  type('20 PRINT "TWO"');
  type('10 PRINT "ONE"');
  type("30 PRINT 3");
  type("30");
  assert.equal(type("LIST"), '10 PRINT "ONE"\n20 PRINT "TWO"');
  assert.equal(type("LIST 20"), '20 PRINT "TWO"');
  assert.equal(type("LIST -10"), '10 PRINT "ONE"');
  assert.equal(type("RUN"), "ONE\nTWO");
  assert.equal(type("NEW"), "");
  assert.equal(type("LIST"), "");
});

test("a mistake in a program names its line", () => {
  const { type } = machine();
  type("10 PRINT 1");
  type("20 PRUNT 2");
  assert.equal(type("RUN"), "1 \n?SYNTAX ERROR IN 20");
});

test("GOSUB returns to where it came from, ON chooses", () => {
  const { type } = machine();
  for (const line of [
    "10 GOSUB 100:PRINT 2;",
    "20 ON 2 GOTO 30,40",
    "30 PRINT 3;:END",
    "40 PRINT 4;:END",
    "100 PRINT 1;:RETURN",
  ])
    type(line);
  assert.equal(type("RUN"), "1  2  4");
});

test("INPUT waits for an answer, and asks again when it is no number", () => {
  const { basic, type } = machine();
  type('10 INPUT "HOW MANY";N,A$');
  type("20 PRINT N*2;A$");
  assert.match(type("RUN"), /HOW MANY\?$/);
  assert.equal(basic.mode, "input");
  basic.answer("MANY");
  assert.equal(basic.mode, "input");
  basic.answer("21,OK");
  assert.match(type(""), /^42 OK/);
});

test("an endless loop only ever runs as far as it is stepped, and RUN/STOP breaks it", () => {
  const { basic, type } = machine();
  type("10 GOTO 10");
  type("RUN", 10_000);
  assert.equal(basic.mode, "run");
  assert.equal(basic.break(), true);
  assert.equal(basic.mode, "ready");
  assert.equal(basic.break(), false);
});

const GREEDY = [
  ["10 GOSUB 10", "?OUT OF MEMORY ERROR IN 10"],
  ['10 A$="X"\n20 A$=A$+A$:GOTO 20', "?STRING TOO LONG ERROR IN 20"],
  ["10 A(I)=1:I=I+1:GOTO 10", "?OUT OF MEMORY ERROR IN 10"],
];

for (const [program, message] of GREEDY) {
  test(`a greedy program ends with ${message}`, () => {
    const { type } = machine();
    for (const line of program.split("\n")) type(line);
    assert.equal(type("RUN", 40_000), message);
  });
}

test("a program cannot grow past the memory", () => {
  const { basic, type } = machine();
  let last = "";
  for (let line = 1; line < 800 && !last; line++) last = type(`${line} REM ${"X".repeat(70)}`);
  assert.equal(last, "?OUT OF MEMORY ERROR");
  assert.ok(basic.program.length > 100);
});

test("POKE and PEEK reach the colour registers, SYS starts machine code", () => {
  const { memory, calls, type } = machine();
  assert.equal(type("POKE 53280,2:PRINT PEEK(53280)"), "2");
  type("SYS 2064");
  assert.deepEqual([memory[53280], calls], [2, [2064]]);
});

test("LOAD asks for a name, and the program that comes runs", () => {
  const { basic, type } = machine();
  type('LOAD"NEWS",8,1');
  assert.deepEqual([basic.mode, basic.wanted], ["load", "NEWS"]);
  basic.loaded("10 PRINT 1\n20 PRINT 2");
  assert.equal(type("RUN"), "1 \n 2");
  type('LOAD"NONE",8');
  basic.loaded(null);
  assert.equal(basic.mode, "ready");
});

test("any line at all ends in a message or at READY, never in an exception", () => {
  const words = [
    "PRINT",
    "FOR",
    "NEXT",
    "(",
    ")",
    "A",
    "B$",
    "1",
    '"X"',
    ",",
    ";",
    ":",
    "=",
    "TO",
    "THEN",
    "IF",
    "CHR$",
    "-",
    "NOT",
    "GOTO",
    "LIST",
    "INPUT",
    "TAB",
    "π",
    "é",
    "DIM",
    "ON",
  ];
  let seed = 7;
  const { basic, type } = machine();
  for (let i = 0; i < 4000; i++) {
    let line = i % 3 ? "" : "10 ";
    for (let n = 0; n < 6; n++) {
      seed = (seed * 48271) % 2147483647;
      line += words[seed % words.length];
    }
    type(line, 50);
    if (basic.mode !== "ready") basic.break();
    assert.equal(basic.mode, "ready", line);
  }
});

test("calls by ON are counted too, and an edited program forgets where it was", () => {
  const { basic, type } = machine();
  type("10 ON 1 GOSUB 10");
  assert.equal(type("RUN", 2000), "?OUT OF MEMORY ERROR IN 10");
  type("20 STOP");
  assert.equal(basic.returns.length, 0);
  assert.equal(type("RETURN"), "?RETURN WITHOUT GOSUB ERROR");
});
