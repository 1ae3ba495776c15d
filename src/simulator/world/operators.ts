import type { Random } from '../../base/random.ts';
import { ledgerCommands } from '../../broker/simulation.ts';
import type { CorrectionRequest } from '../../protocol/corrections.ts';
import { MeksError } from '../../protocol/errors.ts';
import type { BrokerProcess } from './broker-process.ts';
import type { HouseRoom } from './house-room.ts';

// Operators who correct boards, through the broker's own command. What they were not answered they ask for again, under
// the same id. Owns the requests that were made; bounded by the length of a world.

export interface OperatorsOptions {
  readonly wallMs: () => number;
  /** Told when a command fails otherwise than by a refusal. */
  readonly failed: (error: unknown) => void;
}

export class Operators {
  readonly #options: OperatorsOptions;
  #requests: { readonly house: HouseRoom; readonly request: CorrectionRequest }[] = [];
  /** Commands whose answers are due. */
  #waiting = 0;
  #number = 0;

  constructor(options: OperatorsOptions) {
    this.#options = options;
  }

  get waiting(): boolean {
    return this.#waiting > 0;
  }

  /** Somebody corrects something, or asks again for what was asked before. */
  correct(house: HouseRoom, process: BrokerProcess, random: Random): void {
    const again = random.chance(0.25) ? this.#requests.at(-1 - random.int(3)) : undefined;
    const request = this.#request(house, random);
    if (again !== undefined) this.#send(again.house, process, again.request);
    else if (request !== null) {
      this.#requests.push({ house, request });
      this.#send(house, process, request);
    }
  }

  /** Nobody waits any more: the process that they had asked is gone. */
  forget(): void {
    this.#waiting = 0;
  }

  #send(house: HouseRoom, process: BrokerProcess, request: CorrectionRequest): void {
    const room = process.rooms.get(house.id)?.room;
    if (room === undefined) return;
    const { wallMs, failed } = this.#options;
    const make = ledgerCommands({ find: () => room }, wallMs)['corrections.make'];
    const input = { room: house.id, request };
    const answer = async (): Promise<void> => {
      try {
        await make({ name: 'corrections.make', input });
        house.corrected(request.id);
      } catch (error) {
        // Refused: nothing was changed.
        if (!(error instanceof MeksError)) failed(error);
      } finally {
        this.#waiting = Math.max(0, this.#waiting - 1);
      }
    };
    this.#waiting++;
    void answer();
  }

  #request(house: HouseRoom, random: Random): CorrectionRequest | null {
    const { board, recentGifts, battle } = house.truth.view;
    const base = { id: `correction-${++this.#number}`, reason: 'simulated', by: 'operator' };
    const [one, other, gift] = [pick(board, random), pick(board, random), pick(recentGifts, random)];
    const diamonds = 1 + random.int(600);
    const kind = random.int(8);
    if (one === null || other === null || gift === null) return null;
    const user = one.user.id;
    const target = other.user.id;
    const sideId = battle?.sides[0]?.id ?? '';
    const side = battle === null || sideId === '' ? null : { battleId: battle.battleId, sideId };
    if (kind <= 1) return { ...base, action: 'add', user, diamonds, ...(side === null ? {} : { side }) };
    if (kind === 2) return { ...base, action: 'void', user, diamonds };
    if (kind === 3) return { ...base, action: 'move', user, target, diamonds };
    if (kind === 4) return { ...base, action: 'merge', user, target };
    if (kind === 5) return { ...base, action: 'void-gift', gift: gift.id };
    if (kind === 6) return { ...base, action: 'attribute', gift: gift.id, to: random.chance(0.5) ? null : side };
    const undone = pick(this.#requests, random);
    return undone === null ? null : { ...base, action: 'undo', undoes: undone.request.id };
  }
}

function pick<T>(items: readonly T[], random: Random): T | null {
  const index = random.int(Math.max(1, items.length));
  return items[index] ?? null;
}
