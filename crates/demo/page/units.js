'use strict';

// Numbers as people read them.

/** A number with three significant digits and the unit that fits it. */
function scaled(value, units, base) {
  let index = 0;
  while (value >= base * 0.9995 && index < units.length - 1) { value /= base; index += 1; }
  const digits = index === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits).replace(/\.0+$/, '')} ${units[index]}`;
}
function bits(perSecond) { return scaled(perSecond, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'], 1000); }
function bytes(count) { return scaled(count, ['B', 'KiB', 'MiB', 'GiB'], 1024); }
function rate(bytesPerSecond) { return bits(bytesPerSecond * 8); }
function milliseconds(value) { return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2).replace(/\.0+$/, '')} ms`; }
