import type { Random } from '../../base/random.ts';
import type { Purse } from './people.ts';
import { hex } from './people.ts';
import { Fields, image } from './wire.ts';

// What people of a scripted LIVE can give. Ids, prices in diamonds and types are of the kind seen upstream in 2025;
// type 1 = combo (streaks), 2 = big, 4 = once a day and the like: 2 and 4 come one message a gift, without a group.

export interface CatalogueGift {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly type: 1 | 2 | 4;
  /** Encoded Gift message. */
  readonly gift: Uint8Array;
}

const rows: readonly (readonly [number, string, number, 1 | 2 | 4])[] = [
  [5655, 'Rose', 1, 1],
  [6064, 'GG', 1, 1],
  [5827, 'Ice Cream Cone', 1, 1],
  [7934, 'Heart Me', 1, 4],
  [13298, 'Wink Charm', 1, 1],
  [6247, 'Heart', 1, 1],
  [5487, 'Finger Heart', 5, 1],
  [9947, 'Friendship Necklace', 10, 1],
  [8913, 'Rosa', 10, 1],
  [5658, 'Perfume', 20, 1],
  [5879, 'Doughnut', 30, 1],
  [5659, 'Paper Crane', 99, 2],
  [6427, 'Hat and Mustache', 99, 4],
  [6104, 'Cap', 99, 4],
  [5660, 'Hand Hearts', 100, 2],
  [5585, 'Confetti', 100, 2],
  [13998, 'Heart Rain', 149, 4],
  [5509, 'Sunglasses', 199, 4],
  [6267, 'Corgi', 299, 2],
  [6007, 'Boxing Gloves', 299, 2],
  [7168, 'Money Gun', 500, 2],
  [5897, 'Swan', 699, 2],
  [5978, 'Train', 899, 2],
  [11046, 'Galaxy', 1_000, 2],
  [6090, 'Fireworks', 1_088, 2],
  [6820, 'Whale Diving', 2_150, 2],
  [5765, 'Motorcycle', 2_988, 2],
  [6563, 'Meteor Shower', 3_000, 2],
  [5767, 'Private Jet', 4_888, 2],
  [9500, 'Flying Jets', 5_000, 2],
  [10669, 'Future City', 6_000, 2],
  [6089, 'Sports Car', 7_000, 2],
  [7764, 'Star Throne', 7_999, 2],
  [6149, 'Interstellar', 10_000, 2],
  [7319, 'Phoenix', 25_999, 2],
  [6369, 'Lion', 29_999, 2],
  [9427, 'Pegasus', 42_999, 2],
];

/** Highest price that each kind of giver reaches for in passing. */
const reach: Readonly<Record<Purse, number>> = { small: 30, regular: 500, whale: 3_000 };

export class GiftCatalogue {
  readonly gifts: readonly CatalogueGift[];
  readonly #within: Readonly<Record<Purse, readonly CatalogueGift[]>>;
  readonly #big: readonly CatalogueGift[];

  constructor(random: Random, pictureHost: string) {
    this.gifts = rows.map(([id, name, price, type]) => ({
      id,
      name,
      price,
      type,
      gift: encode(random, pictureHost, id, name, price, type),
    }));
    const within = (purse: Purse) => this.gifts.filter(({ price }) => price <= reach[purse]);
    this.#within = { small: within('small'), regular: within('regular'), whale: within('whale') };
    this.#big = this.gifts.filter(({ price }) => price >= 1_000);
  }

  /** Mostly cheap ones, whoever gives. */
  pick(random: Random, purse: Purse): CatalogueGift {
    const choice = this.#within[purse];
    return choice[Math.floor(choice.length * random.next() ** 4)]!;
  }

  /** A gift that decides a battle. */
  big(random: Random): CatalogueGift {
    return this.#big[Math.floor(this.#big.length * random.next() ** 3)]!;
  }
}

function encode(random: Random, host: string, id: number, name: string, price: number, type: number): Uint8Array {
  const picture = () => {
    const key = hex(random, 32);
    const urls = ['a', 'b'].map((mirror) => `${host}/gift/${mirror}/resource/${key}~tplv-obj.webp`);
    return image(urls, `gift/resource/${key}`, '#BD9D84');
  };
  const gift = new Fields()
    .part(1, picture())
    .text(2, `sent ${name}`)
    .int(4, 1_000)
    .int(5, id)
    .int(7, 1)
    .int(10, type === 1 ? 1 : 0);
  return gift.int(11, type).int(12, price).int(13, 1).text(16, name).part(21, picture()).bytes();
}
