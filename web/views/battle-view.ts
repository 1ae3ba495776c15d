import type { BattleFace, ItemFace, SideFace } from './battle-face.ts';
import { AttributeCell, NumberCell, ScaleCell, TextCell, element } from './cells.ts';
import { compact, exact } from './format.ts';
import { displayName } from './names.ts';

// The battle bar: two sides with both of their numbers, the gap, the clock, power-ups, and what would turn it. Built
// once; drawn from a face (battle-face.ts) by writing what changed. Nothing changes its place while a battle runs.
// Bounded: `chipsMax` power-ups and three gifters a side; further sides are told in one line.

const chipsMax = 6;
/** As many alternatives as the broker tells. */
const closersMax = 3;
const urgentBelowMs = 30_000;
/** From here on a narrow screen needs smaller figures. */
const longPoints = 1_000_000;

class SideView {
  readonly #name: TextCell;
  readonly #streak: TextCell;
  readonly #points: NumberCell;
  readonly #long: AttributeCell;
  readonly #hidden: AttributeCell;
  readonly #diamonds: TextCell;
  readonly #pace: TextCell;
  readonly #gifters: { name: TextCell; diamonds: NumberCell; shown: AttributeCell }[];
  readonly #lead: AttributeCell;

  constructor(parent: HTMLElement, side: 'us' | 'them') {
    const root = element(parent, 'div', 'battle-side');
    root.dataset['side'] = side;
    this.#lead = new AttributeCell(root, 'data-lead');
    const head = element(root, 'div', 'battle-head');
    this.#name = new TextCell(element(head, 'bdi', 'battle-name'));
    this.#streak = new TextCell(element(head, 'span', 'battle-streak'));
    const score = element(root, 'div', 'battle-score');
    const points = element(score, 'strong', 'battle-points');
    this.#points = new NumberCell(points, exact);
    this.#long = new AttributeCell(points, 'data-long');
    element(score, 'span', 'battle-unit').textContent = 'match points';
    element(score, 'span', 'battle-mist').textContent = 'last told before mist';
    this.#hidden = new AttributeCell(root, 'data-misted');
    const counted = element(root, 'div', 'battle-counted');
    this.#diamonds = new TextCell(element(counted, 'span', 'battle-diamonds'));
    this.#pace = new TextCell(element(counted, 'span', 'battle-pace'));
    const list = element(root, 'ol', 'battle-gifters');
    list.setAttribute('aria-label', side === 'us' ? 'Most given on the first side' : 'Most given on the second side');
    this.#gifters = Array.from({ length: 3 }, () => {
      const line = element(list, 'li', 'battle-gifter');
      const shown = new AttributeCell(line, 'hidden');
      const name = new TextCell(element(line, 'bdi', 'battle-gifter-name'));
      return { name, diamonds: new NumberCell(element(line, 'span', 'battle-gifter-diamonds'), compact), shown };
    });
  }

  draw(side: SideFace | undefined, leads: boolean): void {
    this.#name.set(side?.name ?? '');
    this.#lead.set(leads ? '' : null);
    this.#streak.set(streakText(side?.winStreak ?? null));
    this.#points.set(side?.points ?? null);
    this.#long.set((side?.points ?? 0) >= longPoints ? '' : null);
    this.#hidden.set(side?.misted === true ? '' : null);
    this.#diamonds.set(side === undefined ? '' : diamondsText(side));
    this.#pace.set(typeof side?.pointsPerMinute === 'number' ? `${compact(side.pointsPerMinute)} points a minute` : '');
    this.#gifters.forEach((line, index) => {
      const standing = side?.top[index];
      line.shown.set(standing === undefined ? '' : null);
      if (standing === undefined) return;
      line.name.set(displayName(standing.user));
      line.diamonds.set(standing.diamonds);
    });
  }
}

/** TikTok's own count of wins in a row; nothing for none, and nothing where it did not say. */
function streakText(wins: number | null): string {
  if (wins === null || wins < 1) return '';
  return wins === 1 ? 'won the last one' : `${wins} wins in a row`;
}

function diamondsText(side: SideFace): string {
  if (side.diamonds === null) return 'diamonds not seen from here';
  const where = side.countedIn === '' ? '' : ` in ${side.countedIn}`;
  return `${side.partial ? 'at least ' : ''}${exact(side.diamonds)} diamonds counted${where}`;
}

class ChipRow {
  readonly #chips: { label: TextCell; left: TextCell; shown: AttributeCell; ending: AttributeCell }[];

  constructor(parent: HTMLElement, side: 'us' | 'them') {
    const list = element(parent, 'ul', 'battle-chips');
    list.dataset['side'] = side;
    list.setAttribute('aria-label', side === 'us' ? 'Power-ups of the first side' : 'Power-ups of the second side');
    this.#chips = Array.from({ length: chipsMax }, () => {
      const chip = element(list, 'li', 'battle-chip');
      const label = new TextCell(element(chip, 'span', 'battle-chip-label'));
      const left = new TextCell(element(chip, 'span', 'battle-chip-left'));
      return { label, left, shown: new AttributeCell(chip, 'hidden'), ending: new AttributeCell(chip, 'data-ending') };
    });
  }

  draw(items: readonly ItemFace[]): void {
    this.#chips.forEach((chip, index) => {
      const item = items[index];
      chip.shown.set(item === undefined ? '' : null);
      if (item === undefined) return;
      chip.label.set(item.label);
      chip.left.set(item.leftMs === null ? '—' : `${Math.max(0, Math.ceil(item.leftMs / 1_000))} s`);
      chip.ending.set(item.leftMs !== null && item.leftMs < 5_000 ? '' : null);
    });
  }
}

/** The bar: ours from the left, solid; the rival's beneath it, striped; what others have from the right. */
class ShareBar {
  readonly #known: AttributeCell;
  readonly #us: ScaleCell;
  readonly #others: ScaleCell;
  readonly #edge: CSSStyleDeclaration;
  #edgeAt = -1;

  constructor(parent: HTMLElement) {
    const bar = element(parent, 'div', 'battle-bar');
    bar.setAttribute('aria-hidden', 'true');
    this.#known = new AttributeCell(bar, 'data-known');
    this.#us = new ScaleCell(element(bar, 'div', 'battle-bar-us'));
    this.#others = new ScaleCell(element(bar, 'div', 'battle-bar-others'));
    element(bar, 'div', 'battle-bar-middle');
    this.#edge = element(bar, 'div', 'battle-bar-edge').style;
  }

  draw(sides: readonly SideFace[]): void {
    const [us, them] = sides;
    const known = typeof us?.share === 'number' && typeof them?.share === 'number';
    this.#known.set(known ? '' : null);
    const share = known ? us.share : 0;
    this.#us.set(share);
    this.#others.set(known ? Math.max(0, 1 - us.share - them.share) : 0);
    if (Math.abs(share - this.#edgeAt) < 0.002) return;
    this.#edgeAt = share;
    this.#edge.transform = `translateX(${(share * 100).toFixed(2)}%)`;
  }
}

/** What would turn the battle. Each alternative is shown whole or, where there is no room for it, not at all. */
class ClosersLine {
  readonly #shown: AttributeCell;
  readonly #closers: { text: TextCell; shown: AttributeCell }[];

  constructor(parent: HTMLElement) {
    const line = element(parent, 'span', 'battle-closers');
    this.#shown = new AttributeCell(line, 'hidden');
    this.#closers = Array.from({ length: closersMax }, () => {
      const closer = element(line, 'span', 'battle-closer');
      line.append(' ');
      return { text: new TextCell(closer), shown: new AttributeCell(closer, 'hidden') };
    });
  }

  draw(closers: readonly string[]): void {
    this.#shown.set(closers.length === 0 ? '' : null);
    this.#closers.forEach((closer, index) => {
      const text = closers[index];
      closer.shown.set(text === undefined ? '' : null);
      if (text !== undefined) closer.text.set(index === 0 ? text : `or ${text}`);
    });
  }
}

export class BattleView {
  readonly #mode: AttributeCell;
  readonly #urgent: AttributeCell;
  readonly #leadCell: AttributeCell;
  readonly #caption: TextCell;
  readonly #clock: TextCell;
  readonly #gap: TextCell;
  readonly #need: TextCell;
  readonly #closers: ClosersLine;
  readonly #series: TextCell;
  readonly #difference: TextCell;
  readonly #others: TextCell;
  readonly #us: SideView;
  readonly #them: SideView;
  readonly #chips: readonly [ChipRow, ChipRow];
  readonly #bar: ShareBar;

  constructor(root: HTMLElement) {
    const battle = element(root, 'div', 'battle trusted');
    this.#mode = new AttributeCell(battle, 'data-mode');
    this.#urgent = new AttributeCell(battle, 'data-urgent');
    this.#leadCell = new AttributeCell(battle, 'data-lead');
    const top = element(battle, 'div', 'battle-top');
    this.#us = new SideView(top, 'us');
    const centre = element(top, 'div', 'battle-centre');
    this.#caption = new TextCell(element(centre, 'span', 'battle-caption'));
    const clock = element(centre, 'span', 'battle-clock');
    clock.setAttribute('role', 'timer');
    this.#clock = new TextCell(clock);
    this.#them = new SideView(top, 'them');
    this.#gap = new TextCell(element(top, 'p', 'battle-gap'));
    this.#bar = new ShareBar(battle);
    const foot = element(battle, 'div', 'battle-foot');
    const left = new ChipRow(foot, 'us');
    const middle = element(foot, 'div', 'battle-turn');
    this.#need = new TextCell(element(middle, 'span', 'battle-need'));
    this.#closers = new ClosersLine(middle);
    this.#others = new TextCell(element(middle, 'span', 'battle-others'));
    this.#series = new TextCell(element(middle, 'span', 'battle-series'));
    this.#difference = new TextCell(element(middle, 'span', 'battle-difference'));
    this.#chips = [left, new ChipRow(foot, 'them')];
  }

  draw(face: BattleFace): void {
    this.#mode.set(face.mode);
    this.#leadCell.set(face.lead);
    const urgent = face.mode === 'running' && face.leftMs !== null && face.leftMs < urgentBelowMs && face.leftMs > 0;
    this.#urgent.set(urgent ? '' : null);
    this.#caption.set(face.caption);
    this.#clock.set(face.clock);
    this.#gap.set(face.gap);
    this.#us.draw(face.sides[0], face.lead === 'us');
    this.#them.draw(face.sides[1], face.lead === 'them');
    this.#bar.draw(face.sides);
    this.#chips[0].draw(face.items.filter((item) => item.side === 0));
    this.#chips[1].draw(face.items.filter((item) => item.side !== 0));
    this.#need.set(face.need);
    this.#closers.draw(face.closers);
    this.#others.set(othersText(face.sides.slice(2)));
    this.#series.set(face.series);
    this.#difference.set(face.difference);
  }
}

function othersText(sides: readonly SideFace[]): string {
  return sides.map((side) => `${side.name} ${exact(side.points)}`).join(' · ');
}
