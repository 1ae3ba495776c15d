// 64-bit integers as decimal texts, made from their two halves: a number cannot hold them, and a BigInt is garbage
// twice as large as the text. For ids, which are read by the thousand each second.

const digits = Buffer.alloc(20);
const zero = 48;
const minus = 45;

/**
 * Texts made before, by their halves: many ids come again and again. Bounded by its places, of which a number has one;
 * the last number there has it. A text is kept from its second time on: most numbers come once.
 */
const places = 4_096;
const highs = new Int32Array(places);
const lows = new Int32Array(places);
const texts: string[] = Array.from({ length: places }, () => '');

/** The text of a signed 64-bit integer given as two 32-bit halves (either sign: only their bits count). */
export function decimal64(high: number, low: number): string {
  const upper = high | 0;
  const lower = low | 0;
  if (upper === 0 && lower >= 0 && lower < 1_000) return String(lower);
  const place = (Math.imul(lower ^ Math.imul(upper, 0x9e37_79b1), 0x85eb_ca6b) >>> 20) & (places - 1);
  const again = highs[place] === upper && lows[place] === lower;
  if (again && texts[place] !== '') return texts[place]!;
  const text = makeText(upper, lower);
  highs[place] = upper;
  lows[place] = lower;
  texts[place] = again ? text : '';
  return text;
}

function makeText(high: number, low: number): string {
  let top = high >>> 0;
  let bottom = low >>> 0;
  const negative = high < 0;
  if (negative) {
    bottom = -low >>> 0;
    top = (bottom === 0 ? -high : ~high) >>> 0;
  }
  // Long division by 10^9, twice, in steps that a double holds exactly.
  const first = Math.floor(top / 1_000_000_000);
  let rest = (top - first * 1_000_000_000) * 65_536 + (bottom >>> 16);
  const second = Math.floor(rest / 1_000_000_000);
  rest = (rest - second * 1_000_000_000) * 65_536 + (bottom & 0xffff);
  const third = Math.floor(rest / 1_000_000_000);
  const upper = first * 4_294_967_296 + second * 65_536 + third;
  const highest = Math.floor(upper / 1_000_000_000);
  put(rest - third * 1_000_000_000, 11, 20);
  put(upper - highest * 1_000_000_000, 2, 11);
  put(highest, 0, 2);
  let from = 0;
  while (from < 19 && digits[from] === zero) from++;
  if (negative) digits[--from] = minus;
  return digits.toString('latin1', from, 20);
}

/** The digits of `value` (below 10^9) in the places from `from` up to `end`. */
function put(value: number, from: number, end: number): void {
  let left = value | 0;
  for (let at = end - 1; at >= from; at--) {
    const tens = (left / 10) | 0;
    digits[at] = zero + left - tens * 10;
    left = tens;
  }
}
