import type { GiftRow } from '../views/feed-model.ts';
import { eventIdsMax } from '../views/feed-model.ts';
import type { CorrectionWish } from './operator-api.ts';
import type { BattleChoice, PersonChoice } from './operator-room.svelte.ts';

// From what stands in the form of a correction to what is sent: exactly that, or nothing. The stream goes on while
// somebody writes; what was chosen stays as it was when it was chosen. Pure.

export type CorrectionKind = 'void-gift' | 'attribute' | 'add' | 'void' | 'move' | 'merge';

/** A row of the feed as it was when it was clicked on: a streak goes on, and its row with it. */
export interface ChosenGift {
  readonly giftId: string;
  readonly giftName: string;
  /** Ids of its gift events. Where there are `eventIdsMax`, there may be more that are not here. */
  readonly eventIds: readonly string[];
  readonly count: number;
  readonly diamonds: number;
}

export interface CorrectionForm {
  readonly user: string;
  readonly gift: ChosenGift | null;
  readonly kind: CorrectionKind;
  /** null = the field is empty. */
  readonly diamonds: number | null;
  readonly target: PersonChoice | null;
  /** null = none: the session alone, or no battle. */
  readonly side: BattleChoice | null;
  readonly reason: string;
}

export function chosenGift({ giftId, giftName, eventIds, count, diamonds }: GiftRow): ChosenGift {
  return { giftId, giftName, eventIds: [...eventIds], count, diamonds };
}

/** What is offered, the first one chosen at first. A gift is named where all of its events are known. */
export function kindsFor(gift: ChosenGift | null): readonly CorrectionKind[] {
  if (gift === null) return ['add', 'void', 'move', 'merge'];
  const isNamed = gift.eventIds.length > 0 && gift.eventIds.length < eventIdsMax;
  return isNamed ? ['void-gift', 'attribute', 'add', 'void', 'move', 'merge'] : ['void', 'add', 'move', 'merge'];
}

export function needsDiamonds(kind: CorrectionKind): boolean {
  return kind === 'add' || kind === 'void' || kind === 'move';
}

export function needsTarget(kind: CorrectionKind): boolean {
  return kind === 'move' || kind === 'merge';
}

/** What is sent; empty = something is missing. */
export function wishesOf({ user, gift, kind, diamonds, target, side, reason }: CorrectionForm): CorrectionWish[] {
  const why = reason.trim();
  if (why === '' || !kindsFor(gift).includes(kind)) return [];
  const to = side === null ? null : { battleId: side.battleId, sideId: side.sideId };
  const ids = gift?.eventIds ?? [];
  if (kind === 'void-gift') return ids.map((id) => ({ action: kind, gift: id, reason: why }));
  if (kind === 'attribute') return ids.map((id) => ({ action: kind, gift: id, to, reason: why }));
  if (kind === 'merge') return target === null ? [] : [{ action: kind, user, target: target.id, reason: why }];
  if (diamonds === null || !Number.isInteger(diamonds) || diamonds <= 0) return [];
  const place = to === null ? {} : { side: to };
  if (kind !== 'move') return [{ action: kind, user, diamonds, reason: why, ...place }];
  return target === null ? [] : [{ action: kind, user, target: target.id, diamonds, reason: why, ...place }];
}

/** What there is to choose from, and what was chosen, also where it is there no more. */
export function listed<Option extends { readonly id: string }>(
  options: readonly Option[],
  chosen: Option | null,
): readonly Option[] {
  return chosen === null || options.some(({ id }) => id === chosen.id) ? options : [...options, chosen];
}
