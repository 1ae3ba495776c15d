import type { LedgerEntry } from '../../src/protocol/corrections.ts';
import type { User } from '../../src/protocol/events.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { Alert, OperatorWish } from '../../src/protocol/operator.ts';
import { chime } from './chime.ts';
import type { ChosenGift } from './correction-form.ts';
import { chosenGift } from './correction-form.ts';
import type { Choice } from './desk.ts';
import { type Looked, NoteLookup } from './note-lookup.ts';
import { brokerUrl } from '../shell/rooms.ts';
import type { CorrectionWish, Done, Outcome } from './operator-api.ts';
import { OperatorApi } from './operator-api.ts';
import { alertWords, changeWords, withAlert } from './operator-face.ts';
import type { OperatorAction } from './shortcuts.ts';
import { correctionWords } from './story.ts';
import type { Who } from './who.svelte.ts';

// What one desk does in one room: which dialog is open, what was sent, what came back. Nothing here changes what is
// shown of the room: that comes with the stream. Owns a few short-lived lines (notices, alerts), bounded below.

export interface PersonChoice {
  readonly id: string;
  readonly name: string;
}

export interface BattleChoice {
  /** Of battle and side. */
  readonly id: string;
  /** Of the side. */
  readonly name: string;
  readonly battleId: string;
  readonly sideId: string;
}

/** What the dialog is about, as it was when it was chosen. */
export interface Chosen {
  readonly user: User;
  readonly gift: ChosenGift | null;
}

/** A line about what this desk did, or could not do. */
export interface Notice {
  readonly key: number;
  readonly text: string;
  readonly tone: 'plain' | 'bad';
  /** Takes it back; null = there is nothing to take back. */
  readonly undo: (() => void) | null;
}

const noticesMax = 3;
const noticeMs = 9_000;
const alertMs = 25_000;

export class OperatorRoom {
  readonly id: string;
  readonly #api: OperatorApi;
  readonly #who: Who;
  choice = $state.raw<Chosen | null>(null);
  /** What the broker says of their note, where it was asked. */
  looked = $state.raw<Looked>({ kind: 'asking' });
  readonly #lookup = new NoteLookup(
    (user) => this.#api.note(user),
    (looked) => (this.looked = looked),
  );
  gifterOpen = $state(false);
  focusNote = $state(false);
  ledgerOpen = $state(false);
  rulesOpen = $state(false);
  nameOpen = $state(false);
  entries = $state.raw<readonly LedgerEntry[] | null>(null);
  ledgerProblem = $state('');
  notices = $state.raw<readonly Notice[]>([]);
  alerts = $state.raw<readonly Alert[]>([]);
  /** What waits for a name: told whether one came. */
  #pending: ((hasName: boolean) => void) | null = null;
  #keys = 0;

  constructor(room: string, who: Who) {
    this.id = room;
    this.#who = who;
    this.#api = new OperatorApi({
      roomUrl: brokerUrl(`v1/rooms/${encodeURIComponent(room)}`),
      who: () => ({ name: who.name, token: who.token }),
    });
  }

  choose({ user, gift }: Choice, focusNote = false): void {
    this.#lookup.forget();
    this.choice = { user, gift: gift === null ? null : chosenGift(gift) };
    this.focusNote = focusNote;
    this.gifterOpen = true;
  }

  /** Asks for the note on somebody who is not in sight. */
  lookUpNote(user: string): void {
    void this.#lookup.look(user);
  }

  /** Sends a change; true = it was carried out. What went wrong is told. */
  async set(wish: OperatorWish): Promise<boolean> {
    return await this.#named(() => this.#api.set(wish));
  }

  /** Sends corrections; true = all of them were carried out. What went wrong is told. */
  async correct(wishes: readonly CorrectionWish[]): Promise<boolean> {
    return await this.#named(() => this.#api.correct(wishes));
  }

  async undoCorrection(id: string, reason: string): Promise<boolean> {
    return await this.#named(() => this.#api.undoCorrection(id, reason));
  }

  /** Takes back what this operator did last. */
  async undo(): Promise<void> {
    await this.#named(() => this.#api.undo());
  }

  openLedger(): void {
    this.ledgerOpen = true;
    void this.#readLedger();
  }

  /** The name that was asked for has come: what waited for it is done. */
  named(name: string): void {
    this.#who.setName(name);
    this.nameOpen = false;
    this.#pending?.(true);
    this.#pending = null;
  }

  /** The dialog for a name was closed. Where none was given, what waited for it is not done, and that is told. */
  nameClosed(): void {
    this.nameOpen = false;
    this.#pending?.(false);
    this.#pending = null;
  }

  /** A key that opens something; false = it is about the selected gifter. */
  opens(action: OperatorAction): boolean {
    if (action === 'ledger') this.openLedger();
    else if (action === 'rules') this.rulesOpen = true;
    else if (action === 'undo') void this.undo();
    else return false;
    return true;
  }

  /** What operators did, or an alert, as the stream tells it. */
  observe(event: EventFrame): void {
    if (event.kind === 'correction') {
      if (this.ledgerOpen) void this.#readLedger();
      if (event.by === this.#who.name) this.#toldCorrection(event);
    } else if (event.kind === 'operator') {
      this.#lookup.observe(event.change);
      if (event.change.list === 'alert') this.#alert(event.change.alert);
      else if (event.change.list !== 'note-shown' && event.by === this.#who.name)
        this.#told(changeWords(event.change), event.undoes === undefined ? () => void this.#undoOne(event.id) : null);
    }
  }

  dismiss(alert: Alert): void {
    this.alerts = this.alerts.filter((one) => one !== alert);
  }

  dismissNotice(notice: Notice): void {
    this.notices = this.notices.filter((one) => one !== notice);
  }

  #toldCorrection(event: Extract<EventFrame, { kind: 'correction' }>): void {
    const isUndo = event.action === 'undo';
    const undo = (): void => void this.undoCorrection(event.id, 'undone at once');
    this.#told(`${correctionWords(event, event.applied ?? 0)}.`, isUndo || event.effect === null ? null : undo);
  }

  async #undoOne(id: string): Promise<void> {
    await this.#named(() => this.#api.undo(id));
  }

  async #readLedger(): Promise<void> {
    const outcome = await this.#api.ledger();
    this.ledgerProblem = outcome.kind === 'failed' ? outcome.why : '';
    if (outcome.kind === 'done') this.entries = outcome.answer;
  }

  /** Does it under a name: asks for one first, where there is none. */
  #named(send: () => Promise<Outcome<Done>>): Promise<boolean> {
    if (this.#who.name !== '') return this.#send(send);
    this.nameOpen = true;
    this.#pending?.(false);
    return new Promise((resolve) => {
      this.#pending = (hasName) => {
        if (!hasName) this.#told('Nothing was sent: it needs a name.', null);
        resolve(hasName && this.#send(send));
      };
    });
  }

  async #send(send: () => Promise<Outcome<Done>>): Promise<boolean> {
    const outcome = await send();
    if (outcome.kind === 'failed') this.#tell({ text: outcome.why, tone: 'bad', undo: null });
    else if (outcome.answer.again) this.#told('This had been carried out already. Nothing was done twice.', null);
    return outcome.kind === 'done';
  }

  #told(text: string, undo: (() => void) | null): void {
    this.#tell({ text, tone: 'plain', undo });
  }

  #tell(notice: Omit<Notice, 'key'>): void {
    const kept = { ...notice, key: ++this.#keys };
    this.notices = [...this.notices, kept].slice(-noticesMax);
    setTimeout(() => this.dismissNotice(kept), noticeMs);
  }

  #alert(alert: Alert): void {
    this.alerts = withAlert(this.alerts, alert);
    if (this.#who.sound) chime(alert.kind === 'mismatch');
    // What questions the numbers themselves stays until somebody has read it.
    if (alert.kind !== 'mismatch') setTimeout(() => this.dismiss(alert), alertMs);
  }
}

export function alertTone({ kind }: Alert): 'bad' | 'warn' | 'good' {
  if (kind === 'mismatch') return 'bad';
  return kind === 'missing' ? 'warn' : 'good';
}

export { alertWords };
