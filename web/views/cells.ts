// The smallest parts of the hot views: they write to the page only what changed, and never read from it (no layout).

/** An element with a class, appended to `parent`. */
export function element<K extends keyof HTMLElementTagNameMap>(
  parent: Element | null,
  tag: K,
  className = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  parent?.append(made);
  return made;
}

/** A text node that is written only when its text changes. */
export class TextCell {
  readonly #node = document.createTextNode('');
  #text = '';

  constructor(parent: Element) {
    parent.append(this.#node);
  }

  set(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#node.data = text;
  }
}

/** A number's text: formatted and written only when the number changes. */
export class NumberCell {
  readonly #cell: TextCell;
  readonly #format: (value: number | null) => string;
  #value: number | null | undefined = undefined;

  constructor(parent: Element, format: (value: number | null) => string) {
    this.#cell = new TextCell(parent);
    this.#format = format;
  }

  set(value: number | null): void {
    if (value === this.#value) return;
    this.#value = value;
    this.#cell.set(this.#format(value));
  }
}

/** An attribute that is written only when its value changes; null removes it. */
export class AttributeCell {
  readonly #element: Element;
  readonly #name: string;
  #value: string | null = null;

  constructor(owner: Element, name: string) {
    this.#element = owner;
    this.#name = name;
  }

  set(value: string | null): void {
    if (value === this.#value) return;
    this.#value = value;
    if (value === null) this.#element.removeAttribute(this.#name);
    else this.#element.setAttribute(this.#name, value);
  }
}

/** A bar's fill by the width of a background, from 0 to 1: painted with its row, no layer and no layout of its own. */
export class ShareCell {
  readonly #style: CSSStyleDeclaration;
  #share = -1;

  constructor(owner: HTMLElement) {
    this.#style = owner.style;
  }

  set(share: number): void {
    if (Math.abs(share - this.#share) < 0.002) return;
    this.#share = share;
    this.#style.backgroundSize = `calc((100% - 1rem) * ${share.toFixed(3)}) calc(100% - 4px)`;
  }
}

/** A bar's fill by `scaleX`, from 0 to 1: composited, no layout. Steps under a five-hundredth are not drawn. */
export class ScaleCell {
  readonly #style: CSSStyleDeclaration;
  #scale = -1;

  constructor(owner: HTMLElement) {
    this.#style = owner.style;
  }

  set(scale: number): void {
    if (Math.abs(scale - this.#scale) < 0.002 && scale !== 0 && scale !== 1) return;
    if (scale === this.#scale) return;
    this.#scale = scale;
    this.#style.transform = `scaleX(${scale.toFixed(4)})`;
  }
}
