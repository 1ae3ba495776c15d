// 64-bit integers as decimal texts, made from their two halves: a number cannot hold them, and a BigInt is garbage
// twice as large as the text. For ids, which are read by the thousand each second.

const digits = Buffer.alloc(20);
const zero = 48;
const minus = 45;

/** The text of a signed 64-bit integer given as two 32-bit halves (either sign: only their bits count). */
export function decimal64(high: number, low: number): string {
  let top = high >>> 0;
  let bottom = low >>> 0;
  const negative = high < 0 || top >= 0x8000_0000;
  if (negative) {
    bottom = ~bottom >>> 0;
    top = ~top >>> 0;
    if (bottom === 0xffff_ffff) {
      bottom = 0;
      top = (top + 1) >>> 0;
    } else bottom++;
  }
  if (top === 0 && bottom < 1_000_000_000) return String(negative ? -bottom : bottom);
  // Long division by 10^9, twice, in steps that a double holds exactly.
  const first = Math.floor(top / 1_000_000_000);
  let rest = (top - first * 1_000_000_000) * 65_536 + (bottom >>> 16);
  const second = Math.floor(rest / 1_000_000_000);
  rest = (rest - second * 1_000_000_000) * 65_536 + (bottom & 0xffff);
  const third = Math.floor(rest / 1_000_000_000);
  const lowest = rest - third * 1_000_000_000;
  const upper = first * 4_294_967_296 + second * 65_536 + third;
  const highest = Math.floor(upper / 1_000_000_000);
  put(lowest, 20);
  put(upper - highest * 1_000_000_000, 11);
  put(highest, 2);
  let from = 0;
  while (digits[from] === zero) from++;
  if (negative) digits[--from] = minus;
  return digits.toString('latin1', from, 20);
}

/** Nine digits of `value` that end before place `end`; fewer at the beginning of the text. */
function put(value: number, end: number): void {
  let left = value;
  for (let at = end - 1; at >= Math.max(0, end - 9); at--) {
    const tens = Math.floor(left / 10);
    digits[at] = zero + left - tens * 10;
    left = tens;
  }
}
