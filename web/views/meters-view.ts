import { isCurrent, type LinkStatus } from '../client/client.ts';
import { AttributeCell, TextCell, element } from './cells.ts';
import { age, exact, unknownText } from './format.ts';
import type { MeterReading } from './meter.ts';

// The strip that says how far the page can be trusted: link and source, each a lamp with its age, then position, rate
// and the page's own speed. A lamp is a shape and a word as well as a colour.

const linkWords: Readonly<Record<LinkStatus['link'], string>> = {
  connecting: 'Connecting',
  loading: 'Loading',
  live: 'Live',
  'catching-up': 'Catching up',
  stale: 'Stale',
  down: 'Disconnected',
  refused: 'Refused',
};

const sourceWords: Readonly<Record<NonNullable<LinkStatus['source']>, string>> = {
  connecting: 'connecting',
  live: 'live',
  silent: 'silent',
  offline: 'offline',
  ended: 'ended',
  failed: 'failed',
};

class Lamp {
  readonly #state: AttributeCell;
  readonly #word: TextCell;
  readonly #age: TextCell;

  constructor(parent: HTMLElement, label: string, title: string) {
    const lamp = element(parent, 'div', 'lamp');
    lamp.title = title;
    this.#state = new AttributeCell(lamp, 'data-state');
    element(lamp, 'span', 'lamp-light');
    element(lamp, 'span', 'meter-label').textContent = label;
    this.#word = new TextCell(element(lamp, 'span', 'lamp-word'));
    this.#age = new TextCell(element(lamp, 'span', 'lamp-age'));
  }

  draw(state: string, word: string, ageMs: number | null): void {
    this.#state.set(state);
    this.#word.set(word);
    this.#age.set(ageMs === null ? '' : age(ageMs));
  }
}

/** A label and a number; `name` marks it for styles and tests. */
function meter(parent: HTMLElement, name: string, label: string, title: string): TextCell {
  const box = element(parent, 'div', 'meter');
  box.dataset['meter'] = name;
  box.title = title;
  element(box, 'span', 'meter-label').textContent = label;
  return new TextCell(element(box, 'span', 'meter-value'));
}

export interface MetersFace {
  readonly status: LinkStatus;
  readonly seq: number | null;
  readonly reading: MeterReading;
  /** How the page has simplified itself under load, in words; '' = not at all. */
  readonly degraded: string;
}

export class MetersView {
  readonly #link: Lamp;
  readonly #source: Lamp;
  readonly #seq: TextCell;
  readonly #rate: TextCell;
  readonly #paint: TextCell;
  readonly #hitches: TextCell;
  readonly #missed: TextCell;
  readonly #degraded: TextCell;

  constructor(root: HTMLElement) {
    this.#link = new Lamp(root, 'Broker', 'Connection to the broker, and how long ago it last said anything');
    this.#source = new Lamp(root, 'Source', 'What the broker says about TikTok’s stream, and how long ago that spoke');
    this.#seq = meter(root, 'seq', 'Position', 'Number of the last event that is on screen');
    this.#rate = meter(root, 'rate', 'Events', 'Events a second, over the last nine seconds');
    this.#paint = meter(
      root,
      'paint',
      'Paint p99',
      'From an event’s arrival to the painted frame, 99 of 100, last ten seconds',
    );
    this.#hitches = meter(
      root,
      'hitches',
      'Hitches',
      'Frames in the last minute that showed an event later than 33 ms',
    );
    this.#missed = meter(
      root,
      'missed',
      'Skipped',
      'Events that a snapshot stood in for since this count began: totals are right, they were not listed',
    );
    const degraded = element(root, 'div', 'meter meter-degraded');
    this.#degraded = new TextCell(element(degraded, 'span', 'meter-value'));
  }

  draw(face: MetersFace): void {
    const { status, reading } = face;
    this.#link.draw(status.link, linkWords[status.link], status.heardAgeMs);
    const source = isCurrent(status.link) ? status.source : null;
    this.#source.draw(
      source ?? 'unknown',
      source === null ? unknownText : sourceWords[source],
      source === null ? null : status.sourceAgeMs,
    );
    this.#seq.set(exact(face.seq));
    this.#rate.set(reading.eventsPerSecond === null ? unknownText : `${exact(reading.eventsPerSecond)}/s`);
    this.#paint.set(reading.paintMs === null ? unknownText : `${reading.paintMs} ms`);
    this.#hitches.set(`${reading.hitches}/min`);
    this.#missed.set(exact(face.seq === null ? null : status.missed));
    this.#degraded.set(face.degraded);
  }
}
