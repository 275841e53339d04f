'use strict';

// SHA-256 (FIPS 180-4) that takes its input in pieces. The browser's own wants a file as a whole, in memory, and a secure
// context; this page does without either.

const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number += 1) if (PRIMES.every((prime) => number % prime !== 0)) PRIMES.push(number);

/** The first 32 bits of the fraction: so the standard makes its constants from the roots of primes (§4.2.2, §5.3.3). */
const fractionBits = (value) => ((value % 1) * 2 ** 32) | 0;
const ROUND_CONSTANTS = Int32Array.from(PRIMES, (prime) => fractionBits(Math.cbrt(prime)));
const INITIAL_HASH = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionBits(Math.sqrt(prime)));

const rotate = (word, by) => (word >>> by) | (word << (32 - by));

class Sha256 {
  #hash = INITIAL_HASH.slice();
  #words = new Int32Array(64);
  #rest = new Uint8Array(64);
  #restLength = 0;
  #length = 0;

  /** Takes the next bytes, a Uint8Array. */
  update(bytes) {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(64 - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < 64) return;
      this.#compress(this.#rest, 0);
    }
    for (; at + 64 <= bytes.length; at += 64) this.#compress(bytes, at);
    this.#rest.set(bytes.subarray(at));
    this.#restLength = bytes.length - at;
  }

  /** The hash of everything, in hex. Nothing can be taken after that. */
  hex() {
    const bits = this.#length * 8;
    const padding = new Uint8Array((this.#restLength < 56 ? 64 : 128) - this.#restLength);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits % 2 ** 32);
    this.update(padding);
    return Array.from(this.#hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** One block (§6.2.2). It is written for speed: no arrays are taken apart in its loops. */
  #compress(bytes, at) {
    const words = this.#words;
    const hash = this.#hash;
    for (let t = 0; t < 16; t += 1, at += 4) {
      words[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    }
    for (let t = 16; t < 64; t += 1) {
      const early = words[t - 15];
      const late = words[t - 2];
      const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      words[t] = sigma1 + words[t - 7] + sigma0 + words[t - 16];
    }
    let a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
    for (let t = 0; t < 64; t += 1) {
      const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const first = (h + sum1 + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[t] + words[t]) | 0;
      const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + first) | 0;
      d = c; c = b; b = a; a = (first + second) | 0;
    }
    hash[0] += a; hash[1] += b; hash[2] += c; hash[3] += d; hash[4] += e; hash[5] += f; hash[6] += g; hash[7] += h;
  }
}
