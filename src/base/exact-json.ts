// JSON as other languages write it: ids of upstream have nineteen digits, and Python and Go write them as bare numbers,
// of which JSON.parse would round the last three.

/** A bare number of so many digits that a double may not hold it. In a text it may look the same, at no harm. */
const longNumber = /[[:,\s]-?[0-9]{16}/;

/** `text` as a value; whole numbers beyond 2^53 as text, with all of their digits. Throws SyntaxError. */
export function parseExact(text: string): unknown {
  return longNumber.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?[0-9]+$/.test(source) ? source : value;
}
