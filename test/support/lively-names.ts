// Made-up people and gifts for tests and for the pages' own server. The names are what real ones are like: short, long,
// of every script, with emoji, with the marks that break a layout, and with the ones meant to (direction overrides).

export const givenNames: readonly string[] = [
  'Anna', 'Mateo', 'Linh', 'Yusuf', 'Chloe', 'Noor', 'Kofi', 'Ingrid', 'Sanjay', 'Mei', 'Tomás', 'Olena', 'Priya',
  'Kenji', 'Zoë', 'Amara', 'Luca', 'Fatima', 'Björn', 'Aaliyah', 'Diego', 'Hana', 'Elif', 'Marek', 'Nia', 'Ravi',
  'Sofía', 'Thabo', 'Uma', 'Viktor', 'Wren', 'Ximena', 'Yara', 'Zane', 'Bea', 'Cem', 'Dara', 'Emeka', 'Freya', 'Gus',
]; // prettier-ignore

export const familyNames: readonly string[] = [
  'Okafor', 'Lindqvist', 'Moreau', 'Tanaka', 'Silva', 'Novak', 'Haddad', 'Nguyen', 'Kaya', 'Rossi', 'Adeyemi', 'Berg',
  'Costa', 'Dubois', 'Eriksen', 'Fischer', 'Ghosh', 'Horvat', 'Ivanova', 'Jansen', 'Kim', 'Lopez', 'Mendes', 'Nakamura',
]; // prettier-ignore

/** Whole display names that a page must survive. */
export const oddNames: readonly string[] = [
  '🌹 Rosa 🌹',
  'محمد الأمين',
  'สมชาย ใจดี',
  '山田太郎',
  '김민서',
  'Дарья ✨',
  'a',
  'The One And Only Captain Maximilian von Hohenstaufen III',
  'user7718290045512',
  'z̷̢̛̗a̴̪͝l̶̰̈g̵̱̋o̸͇͐',
  '\u202Eevil reversed\u202C',
  '👨‍👩‍👧‍👦 Fam 🇧🇷',
  '   ',
  '<b>not bold</b>',
];

export interface LivelyGift {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly type: number;
  /** How often it is sent, relative to the others. */
  readonly weight: number;
}

export const livelyGifts: readonly LivelyGift[] = [
  { id: '5655', name: 'Rose', price: 1, type: 1, weight: 400 },
  { id: '5269', name: 'Coffee', price: 1, type: 1, weight: 120 },
  { id: '5487', name: 'Finger heart', price: 5, type: 1, weight: 90 },
  { id: '5658', name: 'Perfume', price: 20, type: 1, weight: 60 },
  { id: '5879', name: 'Doughnut', price: 30, type: 1, weight: 60 },
  { id: '5660', name: 'Paper crane', price: 99, type: 1, weight: 34 },
  { id: '5880', name: 'Lock and key', price: 199, type: 1, weight: 18 },
  { id: '5897', name: 'Swan', price: 699, type: 2, weight: 6 },
  { id: '11046', name: 'Galaxy', price: 1_000, type: 2, weight: 5 },
  { id: '6820', name: 'Whale', price: 2_150, type: 2, weight: 2 },
  { id: '7764', name: 'Sports car', price: 7_000, type: 2, weight: 0.7 },
  { id: '6369', name: 'Lion', price: 29_999, type: 2, weight: 0.12 },
];
