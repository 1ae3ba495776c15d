import type { Random } from '../../base/random.ts';
import { seededRandom } from '../../base/random.ts';
import { firstParts, handleEnds, handleParts, secondParts } from './names.ts';
import { empty, Fields, image } from './wire.ts';

// Owns the people of a scripted LIVE: `size` of them, made when first met and kept (about 3 KB each, most of it their
// encoded User message, which every message of theirs repeats). Who they are depends on the seed and their index alone.

/** What somebody can be expected to give. */
export type Purse = 'whale' | 'regular' | 'small';

export interface Person {
  readonly index: number;
  /** Decimal, 16 to 19 digits, as upstream's are. */
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly purse: Purse;
  /** Encoded User message. */
  readonly user: Uint8Array;
  /** The same without badges, as lists of viewers carry it. */
  readonly userPlain: Uint8Array;
  /** Encoded small picture, as battle messages carry it. */
  readonly avatar: Uint8Array;
}

export interface Named {
  readonly name: string;
  readonly handle: string;
}

const whales = 5;
const regulars = 60;

export interface PopulationOptions {
  readonly random: Random;
  readonly size: number;
  /** Host part of picture addresses, such as `https://avatar.invalid`: nothing is served there. */
  readonly pictureHost: string;
}

export class Population {
  readonly #seed: number;
  readonly #size: number;
  readonly #pictureHost: string;
  readonly #people: (Person | undefined)[] = [];

  constructor(options: PopulationOptions) {
    this.#seed = options.random.int(4_294_967_296);
    this.#size = options.size;
    this.#pictureHost = options.pictureHost;
  }

  /** Somebody who gives: the n-th most generous with a probability that falls with n, as in real rooms (Zipf). */
  gifter(random: Random): Person {
    return this.person(Math.floor(this.#size ** random.next()) - 1);
  }

  /** Somebody who watches: givers talk more than others, but not much. */
  viewer(random: Random): Person {
    return random.chance(0.15) ? this.gifter(random) : this.person(random.int(this.#size));
  }

  person(index: number): Person {
    const at = Math.min(index, this.#size - 1);
    return (this.#people[at] ??= makePerson(at, seededRandom(this.#seed + at), this.#pictureHost));
  }

  /** Somebody from outside the audience: the host, hosts of other rooms. The same number is the same person. */
  known(number: number, named: Named): Person {
    const random = seededRandom(this.#seed - 1 - number);
    return makePerson(-1 - number, random, this.#pictureHost, named);
  }
}

function makePerson(index: number, random: Random, pictureHost: string, named?: Named): Person {
  const purse = index < 0 ? 'small' : index < whales ? 'whale' : index < regulars ? 'regular' : 'small';
  const digits = random.chance(0.05) ? 16 : 19;
  const id = `${6 + random.int(2)}${decimal(random, digits - 1)}`;
  const name = named?.name ?? `${random.pick(firstParts)} ${random.pick(secondParts)}`.trim();
  // The index makes it unique: handles are, upstream.
  const handle =
    named?.handle ?? `${random.pick(handleParts)}${random.pick(['.', '_', ''])}${random.pick(handleEnds)}${index}`;
  const avatar = makeAvatar(random, pictureHost);
  const fields = new Fields().id(1, id).text(3, name).part(9, avatar);
  fields.part(22, new Fields().int(1, random.int(3_000)).int(2, random.int(20_000)).bytes());
  fields
    .part(23, empty)
    .part(32, empty)
    .text(38, handle)
    .text(46, `MS4wLjABAAAA${letters(random, 64)}`);
  const userPlain = fields.bytes();
  // Most viewers have never given enough for a badge.
  const least = { whale: 35, regular: 15, small: 1 }[purse];
  const level = purse === 'small' && random.chance(0.7) ? 0 : least + random.int(15);
  const badge = level === 0 ? empty : new Fields().part(64, gifterBadge(level, random, pictureHost)).bytes();
  const user = new Fields().fields(userPlain).fields(badge).text(1028, id).bytes();
  return { index, id, handle, name, purse, user, userPlain, avatar };
}

function makeAvatar(random: Random, host: string): Uint8Array {
  const key = hex(random, 32);
  const signature = encodeURIComponent(`${letters(random, 26)}=`);
  const urls = ['webp', 'jpeg'].map(
    (form) =>
      `${host}/avatar/${key}~c5_100x100.${form}?dr=14577&nonce=${10_000 + random.int(89_999)}&refresh_token=${hex(random, 32)}` +
      `&x-expires=1893456000&x-signature=${signature}`,
  );
  return image([...urls, urls[0]!.replace('c5_100x100', 'c5_168x168')], `100x100/avatar/${key}`);
}

/** The badge beside a name that tells how much its owner has given: 1.1 KB in real messages, and here. */
function gifterBadge(level: number, random: Random, host: string): Uint8Array {
  const schema =
    `webcast://gift/level?panel_height=${400 + level}&url=${encodeURIComponent(`${host}/level/intro?badge=${level}`)}` +
    `&trace=${hex(random, 96)}&gravity=bottom&mask_alpha=0&radius=8&open_animate=0`;
  const icon = new Fields();
  for (const mirror of ['a', 'b'])
    icon.text(1, `${host}/badge/${mirror}/grade_badge_icon_lite_lv${level}_v1.png~tplv-obj.image`);
  icon.text(2, `badge/grade_badge_icon_lite_lv${level}_v1.png`).text(7, schema);
  const look = new Fields().int(1, 4).part(2, icon.bytes()).text(4, String(level));
  look.part(11, new Fields().text(2, '#99547fff').bytes()).part(12, new Fields().text(2, '#99547fff').bytes());
  const log = new Fields().text(1, '2').text(2, decimal(random, 19)).text(3, '0').text(5, String(level));
  // sceneType 8 = level by gifts.
  const badge = new Fields().int(1, 4).int(2, 20).int(3, 8).int(4, 1).text(10, schema).int(11, 1);
  return badge.part(12, log.bytes()).part(23, look.int(15, 14).int(16, 15).bytes()).bytes();
}

const letterSet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function letters(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += letterSet[random.int(64)]!;
  return text;
}

export function hex(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += random.int(16).toString(16);
  return text;
}

export function decimal(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += String(random.int(10));
  return text;
}
