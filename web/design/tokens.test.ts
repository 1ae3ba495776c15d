import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

const css = readFileSync(path.join(import.meta.dirname, 'tokens.css'), 'utf8');

/** The hexadecimal colours of the block that follows `selector`. */
function coloursAfter(selector: string): Map<string, string> {
  const from = css.indexOf(`${selector} {`);
  assert.notEqual(from, -1, `tokens.css has no ${selector}`);
  const block = css.slice(from, css.indexOf('}', from));
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1]!, match[2]!]));
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (light! + 0.05) / (dark! + 0.05);
}

const grounds = ['ground', 'surface', 'raised', 'sunken'];
const texts = ['ink', 'ink-soft', 'ink-faint', 'accent', 'us', 'them', 'third', 'good', 'warn', 'bad'];
/** Text on the one ground that it is meant for. */
const pairs = [
  ['us', 'us-ground'],
  ['ink', 'us-ground'],
  ['them', 'them-ground'],
  ['ink', 'them-ground'],
  ['warn', 'warn-ground'],
  ['bad', 'bad-ground'],
  ['ink', 'bad-ground'],
  ['accent', 'accent-ground'],
  ['ink', 'accent-ground'],
  ['ink-soft', 'tier-4-ground'],
  ['ink-soft', 'tier-5-ground'],
  ['tier-4', 'tier-4-ground'],
  ['tier-5', 'tier-5-ground'],
  ...Array.from({ length: 8 }, (_, tint) => ['ink-soft', `tint-${tint}`] as const),
] as const;
/** Shapes and borders that carry meaning: 3 to 1. */
const shapes = ['line-strong', 'us-fill', 'third-fill', 'tier-1', 'tier-2', 'tier-3', 'tier-4', 'tier-5'];

for (const [theme, selector] of [
  ['dark', ':root'],
  ['light', ":root[data-theme='light']"],
] as const) {
  const colours = coloursAfter(selector);
  const colour = (name: string): string => {
    const value = colours.get(name);
    assert.ok(value, `${theme} has no --${name}`);
    return value;
  };

  test(`${theme}: every text can be read on every ground (WCAG AA, 4.5 to 1)`, () => {
    const wanted = [...texts.flatMap((text) => grounds.map((ground) => [text, ground] as const)), ...pairs];
    const weak = wanted
      .map(([text, ground]) => ({ text, ground, ratio: contrast(colour(text), colour(ground)) }))
      .filter(({ ratio }) => ratio < 4.5)
      .map(({ text, ground, ratio }) => `${text} on ${ground}: ${ratio.toFixed(2)}`);
    assert.deepEqual(weak, []);
  });

  test(`${theme}: shapes that mean something stand out (3 to 1)`, () => {
    const weak = shapes
      .map((shape) => ({ shape, ratio: contrast(colour(shape), colour('surface')) }))
      .filter(({ ratio }) => ratio < 3)
      .map(({ shape, ratio }) => `${shape}: ${ratio.toFixed(2)}`);
    assert.deepEqual(weak, []);
  });
}

test('light is the same whether the system or the switch asks for it, and names every colour of dark', () => {
  const bySwitch = coloursAfter(":root[data-theme='light']");
  assert.deepEqual(coloursAfter(":root:not([data-theme='dark'])"), bySwitch);
  assert.deepEqual([...bySwitch.keys()], [...coloursAfter(':root').keys()]);
});
