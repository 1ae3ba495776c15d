// Our own marks for what a gift is worth: five cut stones, told apart by outline as much as by colour, drawn here and
// owing nothing to anybody's art. One svg with two paths a row; changing the tier rewrites two attributes.

export type Tier = 1 | 2 | 3 | 4 | 5;

const tierFloors: readonly (readonly [number, Tier])[] = [
  [10_000, 5],
  [1_000, 4],
  [100, 3],
  [10, 2],
];

/** The tier of so many diamonds: 1 below ten, then one more for each further digit, up to 5. */
export function tierOf(diamonds: number): Tier {
  for (const [floor, tier] of tierFloors) if (diamonds >= floor) return tier;
  return 1;
}

/** Outline and cut of each stone in a 24 by 24 box: pebble, wedge, brilliant, hexagon, star. */
const shapes: Readonly<Record<Tier, { readonly body: string; readonly cut: string }>> = {
  1: { body: 'M12 7.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Z', cut: '' },
  2: { body: 'M12 4.5 18.5 16a2 2 0 0 1-1.7 3H7.2a2 2 0 0 1-1.7-3Z', cut: 'M12 4.5V19' },
  3: { body: 'M7.5 5h9l4 5.2L12 20 3.5 10.2Z', cut: 'M3.5 10.2h17M12 20 8.6 10.2 12 5l3.4 5.2Z' },
  4: { body: 'M12 2 20.7 7 20.7 17 12 22 3.3 17 3.3 7Z', cut: 'M12 22V12M12 12 3.3 7M12 12l8.7-5' },
  5: {
    body: 'M12 1 14.8 5.2 19.8 4.2 18.8 9.2 23 12 18.8 14.8 19.8 19.8 14.8 18.8 12 23 9.2 18.8 4.2 19.8 5.2 14.8 1 12 5.2 9.2 4.2 4.2 9.2 5.2Z',
    cut: 'M13.8 7.8 16.2 10.2 16.2 13.8 13.8 16.2 10.2 16.2 7.8 13.8 7.8 10.2 10.2 7.8Z',
  },
};

const svgNamespace = 'http://www.w3.org/2000/svg';

export class GiftMark {
  readonly element: SVGSVGElement;
  readonly #body: SVGPathElement;
  readonly #cut: SVGPathElement;
  #tier: Tier | 0 = 0;

  constructor(parent: Element) {
    this.element = document.createElementNS(svgNamespace, 'svg');
    this.element.setAttribute('viewBox', '0 0 24 24');
    this.element.setAttribute('class', 'gift-mark');
    this.element.setAttribute('aria-hidden', 'true');
    this.#body = document.createElementNS(svgNamespace, 'path');
    this.#body.setAttribute('class', 'gift-mark-body');
    this.#cut = document.createElementNS(svgNamespace, 'path');
    this.#cut.setAttribute('class', 'gift-mark-cut');
    this.element.append(this.#body, this.#cut);
    parent.append(this.element);
  }

  set(tier: Tier): void {
    if (tier === this.#tier) return;
    this.#tier = tier;
    this.element.dataset['tier'] = String(tier);
    this.#body.setAttribute('d', shapes[tier].body);
    this.#cut.setAttribute('d', shapes[tier].cut);
  }
}
