import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import {
  type DiskError,
  type DiskImage,
  PowerLoss,
  SimulatedDisk,
  survivals,
} from '../../journal/simulation/simulation.ts';
import { ProcessEnded } from './failure.ts';

// The disk of a world: a simulated one on which a process can die in the middle of any write, and from which the power
// can be cut. Once the process is dead the disk takes nothing from it any more, not even its cleaning up.

export class WorldDisk extends SimulatedDisk {
  /** Writes that were refused or cut short. */
  refusals = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #base: DiskImage;
  /** Changes that the process may still make before it dies; -1 = it does not die of one. */
  #changesLeft = -1;
  #dead = false;
  /** Which process uses it: counted up at each death, so that the sync of a dead one tells nobody. */
  #life = 1;

  constructor(clock: Clock, random: Random, image: DiskImage, boot: string) {
    super(clock, image, boot);
    this.#clock = clock;
    this.#random = random;
    this.#base = image;
  }

  /** Nothing is the matter with it. */
  get healthy(): boolean {
    return !this.failsWrites && !this.failsSyncs && this.capacityBytes === Number.POSITIVE_INFINITY;
  }

  /** The process dies at its `count`th change to the disk from now on. */
  dieAfter(count: number): void {
    this.#changesLeft = count;
  }

  /** The process is dead: whatever of it still runs finds nobody here. */
  abandon(): void {
    this.#dead = true;
    this.#changesLeft = -1;
  }

  override killProcesses(): void {
    super.killProcesses();
    this.#dead = false;
    this.#life++;
  }

  /** The disk after a power cut at this moment. */
  afterPowerCut(): WorldDisk {
    const random = this.#random.fork();
    const loss = new PowerLoss(this.trace, random, this.#base);
    loss.advance(this.trace.length);
    const image = loss.image(random.pick(survivals), random.chance(0.5));
    return new WorldDisk(this.#clock, random, image, `boot-${Number(this.boot.slice(5)) + 1}`);
  }

  override write(file: number, bytes: Buffer, start: number, end: number, position: number): number {
    if (!this.#dies()) return this.#write(file, bytes, start, end, position);
    const upTo = start + this.#random.int(end - start + 1);
    if (upTo > start) super.write(file, bytes, start, upTo, position);
    return this.#die();
  }

  #write(file: number, bytes: Buffer, start: number, end: number, position: number): number {
    this.refusals++;
    const taken = super.write(file, bytes, start, end, position);
    if (taken === end - start) this.refusals--;
    return taken;
  }

  override open(path: string, mode: 'create' | 'read' | 'append'): number {
    if (mode === 'create' && this.#dies()) return this.#die();
    return super.open(path, mode);
  }

  override sync(file: number): void {
    if (this.#dies()) return this.#die();
    return super.sync(file);
  }

  override syncLater(file: number, done: (error: DiskError | null) => void): void {
    if (this.#dies()) return this.#die();
    const life = this.#life;
    return super.syncLater(file, (error) => {
      if (!this.#dead && life === this.#life) done(error);
    });
  }

  override rename(from: string, to: string): void {
    if (this.#dies()) return this.#die();
    return super.rename(from, to);
  }

  override remove(path: string): void {
    if (this.#dies()) return this.#die();
    return super.remove(path);
  }

  #dies(): boolean {
    if (this.#dead) throw new ProcessEnded('the process is dead');
    return this.#changesLeft >= 0 && this.#changesLeft-- === 0;
  }

  #die(): never {
    this.#dead = true;
    throw new ProcessEnded('died at a change to the disk');
  }
}
