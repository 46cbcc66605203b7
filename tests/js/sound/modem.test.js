import assert from "node:assert/strict";
import { test } from "node:test";

import { payloadBytes, scrambledCarrier, v21Bits } from "../../../site_src/runtime/sound/modem.js";

test("a byte is a start bit, eight data bits with the smallest first, and a stop bit", () => {
  const idle = v21Bits(new Uint8Array());
  const bits = v21Bits(Uint8Array.of(0x41));
  const first = bits.indexOf(0);
  assert.deepEqual(bits.slice(first, first + 10), [0, 1, 0, 0, 0, 0, 0, 1, 0, 1]);
  assert.equal(bits.length, idle.length + 10);
});

test("marks lead for at least the 155 ms that V.21 asks for, and marks end it", () => {
  const bits = v21Bits(Uint8Array.of(0));
  assert.ok(bits.indexOf(0) / 300 >= 0.155);
  assert.equal(bits.at(-1), 1);
});

test("a payload is UTF-8, cut at 80 bytes without halving a character", () => {
  assert.deepEqual(payloadBytes("né"), Uint8Array.of(0x6e, 0xc3, 0xa9));
  const bytes = payloadBytes(`x${"€".repeat(40)}`);
  assert.equal(bytes.length, 79);
  assert.equal(new TextDecoder("utf-8", { fatal: true }).decode(bytes), `x${"€".repeat(26)}`);
  assert.equal(payloadBytes("").length, 0);
});

test("the scrambled carrier stays within one and is as long as asked", () => {
  const samples = scrambledCarrier(1200, 0.5, 8000);
  assert.equal(samples.length, 4000);
  assert.ok(samples.every((value) => Math.abs(value) <= 1.0001));
});

test("the scrambled carrier repeats nothing within half a second: its spectrum is spread", () => {
  const rate_hz = 8000;
  const samples = scrambledCarrier(1200, 0.5, rate_hz);
  const power = (/** @type {number} */ hz) => {
    let [re, im] = [0, 0];
    samples.forEach((value, i) => {
      re += value * Math.cos((2 * Math.PI * hz * i) / rate_hz);
      im += value * Math.sin((2 * Math.PI * hz * i) / rate_hz);
    });
    return re * re + im * im;
  };
  const band = Array.from({ length: 60 }, (_, i) => power(900 + 10 * i));
  const whole = band.reduce((sum, value) => sum + value);
  assert.ok(Math.max(...band) < whole / 4);
  assert.ok(power(3000) < whole / 100);
});
