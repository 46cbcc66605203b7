/**
 * What modems say: V.21 bits for a text, and the scrambled carrier of V.22.
 */

/** ITU-T V.21: [mark, space] of the answering modem; the caller's are 980 and 1180. */
export const ANSWER_HZ = [1650, 1850];
export const CALLER_MARK_HZ = 980;
export const V21_BAUD = 300;
/** ITU-T V.25: the tone that says a modem has answered. */
export const ANSWER_TONE_HZ = 2100;
const MAX_PAYLOAD_BYTES = 80;
const LEAD_BITS = 60; // marks first, so that the other side can lock on: V.21 asks for 155 ms
const TAIL_BITS = 15;

/**
 * The bits on the line, 1 = mark: idle marks, then every byte as start bit, 8 data bits with the
 * smallest first, stop bit.
 *
 * @param {Uint8Array} bytes
 */
export function v21Bits(bytes) {
  const bits = Array(LEAD_BITS).fill(1);
  for (const byte of bytes) {
    bits.push(0);
    for (let i = 0; i < 8; i++) bits.push((byte >> i) & 1);
    bits.push(1);
  }
  return bits.concat(Array(TAIL_BITS).fill(1));
}

/**
 * UTF-8, as much as fits a handshake, never half a character.
 *
 * @param {string} text
 */
export function payloadBytes(text) {
  const bytes = new Uint8Array(MAX_PAYLOAD_BYTES);
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written);
}

/**
 * A modem's scrambled ones: V.22's 600 baud four-phase carrier behind its scrambler
 * 1 + x^-14 + x^-17, the phase eased from symbol to symbol. Peak 1.
 *
 * @param {number} carrier_hz
 * @param {number} duration_s
 * @param {number} rate_hz samples a second
 * @param {number} baud symbols a second
 */
export function scrambledCarrier(carrier_hz, duration_s, rate_hz, baud = 600) {
  const samples = new Float32Array(Math.round(duration_s * rate_hz));
  let register = 0;
  const bit = () => {
    const out = 1 ^ ((register >> 13) & 1) ^ ((register >> 16) & 1);
    register = ((register << 1) | out) & 0x1ffff;
    return out;
  };
  let symbol = -1;
  let from = 0;
  let to = 0;
  for (let i = 0; i < samples.length; i++) {
    const at = (i / rate_hz) * baud;
    if (Math.floor(at) > symbol) {
      symbol++;
      from = to;
      // Dibits 00, 01, 10, 11 turn the phase by 90, 0, 180, 270 degrees (V.22, table 1).
      to += [1, 0, 2, 3][bit() * 2 + bit()];
    }
    const ease = (1 - Math.cos(Math.PI * Math.min(1, (at - symbol) * 1.5))) / 2;
    const turn = (2 * Math.PI * carrier_hz * i) / rate_hz;
    const quarter = Math.PI / 2;
    samples[i] =
      (1 - ease) * Math.sin(turn + from * quarter) + ease * Math.sin(turn + to * quarter);
  }
  return samples;
}
