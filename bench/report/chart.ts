// Owns the drawing of one line chart as SVG by hand: a few hundred lines of text need no library. Colours are classes,
// so that the same file reads well on a light and on a dark page; every line is labelled at its end, in its own colour.

export interface Line {
  readonly label: string;
  /** Class of its colour: see `palette`. */
  readonly color: string;
  readonly points: readonly (readonly [number, number])[];
  /** The one that the chart is about: drawn thicker and last. */
  readonly strong?: boolean;
  /** Drawn faint, without a label: a companion of the line before it. */
  readonly faint?: boolean;
  /** Each point is marked: there are few, and nothing was measured between them. */
  readonly dots?: boolean;
}

export interface Axis {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** `tail`: the position of a percentile, so that each further nine takes the same room. */
  readonly scale: 'linear' | 'log' | 'tail';
  readonly ticks: readonly (readonly [number, string])[];
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** Horizontal lines that mean something, such as the length of a frame. */
  readonly levels: readonly { readonly at: number; readonly label: string }[];
  /** Small marks on the x axis, each with the height of its meaning from 0 to 1. */
  readonly marks: readonly { readonly at: number; readonly share: number }[];
  readonly markLabel: string;
}

/** Colours that stand apart on white and on black. */
export const palette: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  meks: ['#d61f55', '#ff4d7d'],
  floor: ['#5f6b7a', '#a3afbd'],
  'meks-senders-1': ['#7a4fd0', '#b39bff'],
  'meks-senders-2': ['#1c7ab8', '#62b6f0'],
  'tokio-batched': ['#a37c00', '#e0b93a'],
  tokio: ['#c76a12', '#ff9d45'],
  'ws-prepared': ['#0f8577', '#3ecfbb'],
  bun: ['#7448c4', '#b592ff'],
  socketio: ['#1f68c1', '#6caeff'],
  nchan: ['#3f8216', '#86d050'],
  nats: ['#0b7f95', '#45cbe0'],
  naive: ['#86492c', '#d39470'],
};

const width = 880;
const height = 440;
const box = { left: 64, top: 46, right: width - 150, bottom: height - 58 };
const labelGap = 15;

function style(): string {
  const colors = Object.entries(palette);
  const light = colors.map(([name, [color]]) => `.c-${name}{stroke:${color};fill:${color}}`).join('');
  const dark = colors.map(([name, [, color]]) => `.c-${name}{stroke:${color};fill:${color}}`).join('');
  return (
    `<style>text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#47505c;stroke:none}` +
    `.title{font-size:15px;font-weight:600;fill:#1b2129}.grid{stroke:#e3e7ec}.axis{stroke:#9aa4b0}` +
    `.level{stroke:#47505c;stroke-dasharray:5 4}.mark{stroke:#d61f55}.line{fill:none;stroke-linejoin:round;stroke-width:1.6}` +
    `.strong{stroke-width:3}.faint{stroke-width:1;opacity:.45}${light}text.label{stroke:none;font-weight:600}` +
    `@media (prefers-color-scheme:dark){text{fill:#aab4c0}.title{fill:#eef2f6}.grid{stroke:#2a313a}.axis{stroke:#5b6673}` +
    `.level{stroke:#aab4c0}.mark{stroke:#ff4d7d}${dark}}</style>`
  );
}

function share(axis: Axis, value: number): number {
  const place = (v: number): number =>
    axis.scale === 'log' ? Math.log10(v) : axis.scale === 'tail' ? -Math.log10(1 - v) : v;
  return (place(value) - place(axis.from)) / (place(axis.to) - place(axis.from));
}

function xOf(chart: Chart, value: number): number {
  return box.left + share(chart.x, value) * (box.right - box.left);
}

function yOf(chart: Chart, value: number): number {
  const clamped = Math.min(Math.max(value, chart.y.from), chart.y.to);
  return box.bottom - share(chart.y, clamped) * (box.bottom - box.top);
}

const n = (value: number): string => value.toFixed(1);

function gridOf(chart: Chart): string {
  const parts: string[] = [];
  for (const [at, label] of chart.x.ticks) {
    const x = n(xOf(chart, at));
    parts.push(`<path class="grid" d="M${x} ${box.top}V${box.bottom}"/>`);
    parts.push(`<text x="${x}" y="${box.bottom + 18}" text-anchor="middle">${escape(label)}</text>`);
  }
  for (const [at, label] of chart.y.ticks) {
    const y = n(yOf(chart, at));
    parts.push(`<path class="grid" d="M${box.left} ${y}H${box.right}"/>`);
    parts.push(`<text x="${box.left - 8}" y="${y}" dy="4" text-anchor="end">${escape(label)}</text>`);
  }
  const middle = (box.left + box.right) / 2;
  parts.push(`<text x="${n(middle)}" y="${box.bottom + 42}" text-anchor="middle">${escape(chart.x.title)}</text>`);
  parts.push(`<text x="${box.left - 8}" y="${box.top - 12}" text-anchor="end">${escape(chart.y.title)}</text>`);
  parts.push(`<path class="axis" d="M${box.left} ${box.bottom}H${box.right}" fill="none"/>`);
  return parts.join('\n');
}

function levelsOf(chart: Chart): string {
  return chart.levels
    .map(({ at, label }) => {
      const y = yOf(chart, at);
      return (
        `<path class="level" d="M${box.left} ${n(y)}H${box.right}"/>` +
        `<text x="${box.left + 6}" y="${n(y - 5)}">${escape(label)}</text>`
      );
    })
    .join('\n');
}

function marksOf(chart: Chart): string {
  if (chart.marks.length === 0) return '';
  const path = chart.marks.map(({ at, share }) => `M${n(xOf(chart, at))} ${box.bottom}v${n(-4 - 30 * share)}`).join('');
  return (
    `<path class="mark" d="${path}"/>` +
    `<text x="${box.right + 8}" y="${box.bottom - 2}">${escape(chart.markLabel)}</text>`
  );
}

function linesOf(chart: Chart): string {
  const ordered = [...chart.lines].sort((a, b) => Number(a.strong ?? false) - Number(b.strong ?? false));
  return ordered
    .filter((line) => line.points.length > 0)
    .map((line) => {
      const path = line.points
        .map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${n(xOf(chart, x))} ${n(yOf(chart, y))}`)
        .join('');
      const weight = line.strong === true ? ' strong' : line.faint === true ? ' faint' : '';
      const dots = line.dots === true ? line.points.map((point) => dotOf(chart, line, point)).join('') : '';
      return `<path class="c-${line.color} line${weight}" style="fill:none" d="${path}"/>${dots}`;
    })
    .join('\n');
}

function dotOf(chart: Chart, line: Line, [x, y]: readonly [number, number]): string {
  const weight = line.faint === true ? ' faint' : '';
  return `<circle class="c-${line.color}${weight}" cx="${n(xOf(chart, x))}" cy="${n(yOf(chart, y))}" r="3"/>`;
}

/** Labels at the ends of their lines, pushed apart where lines end close together. */
function labelsOf(chart: Chart): string {
  const labels = chart.lines
    .filter((line) => line.faint !== true && line.points.length > 0)
    .map((line) => ({ line, y: yOf(chart, line.points.at(-1)![1]) }))
    .sort((a, b) => a.y - b.y);
  for (let at = 1; at < labels.length; at++) labels[at]!.y = Math.max(labels[at]!.y, labels[at - 1]!.y + labelGap);
  const over = (labels.at(-1)?.y ?? 0) - box.bottom;
  if (over > 0) for (const label of labels) label.y -= over;
  for (let at = labels.length - 2; at >= 0; at--) labels[at]!.y = Math.min(labels[at]!.y, labels[at + 1]!.y - labelGap);
  return labels
    .map(
      ({ line, y }) =>
        `<text class="c-${line.color} label" x="${box.right + 8}" y="${n(y + 4)}">${escape(line.label)}</text>`,
    )
    .join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The chart as a whole SVG document. */
export function drawChart(chart: Chart): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(chart.title)}">`,
    style(),
    `<text class="title" x="${box.left}" y="20">${escape(chart.title)}</text>`,
    gridOf(chart),
    levelsOf(chart),
    marksOf(chart),
    linesOf(chart),
    labelsOf(chart),
    '</svg>\n',
  ].join('\n');
}

/** Ticks of a logarithmic axis: 1, 2, 5 in every decade, or only powers of ten when there are many. */
export function logTicks(from: number, to: number): [number, string][] {
  const decades = Math.log10(to / from);
  const ticks: [number, string][] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    for (const step of decades > 3 ? [1] : [1, 2, 5]) {
      const value = step * 10 ** power;
      if (value >= from * 0.999 && value <= to * 1.001)
        ticks.push([value, value >= 1 ? value.toLocaleString('en') : String(Number(value.toPrecision(1)))]);
    }
  }
  return ticks;
}
