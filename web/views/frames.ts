// At most one drawing per animation frame, and only when somebody asked for one. After the frame is painted the painter
// is told, so that it can measure. Owns one requested frame and one message channel. Hidden pages get no frames: what
// was asked for is drawn when the page is seen again.

export interface Painter {
  /** Writes to the page. Must not read layout. */
  draw(nowMs: number): void;
  /** The frame that the last `draw` wrote has been handed to the screen. */
  painted(nowMs: number): void;
}

export class Frames {
  readonly #painter: Painter;
  readonly #channel = new MessageChannel();
  #requested = 0;
  #stopped = false;

  constructor(painter: Painter) {
    this.#painter = painter;
    // A message sent while drawing is answered after the frame's paint: the nearest thing to "it is on the screen".
    this.#channel.port1.addEventListener('message', () => this.#painter.painted(performance.now()));
    this.#channel.port1.start();
  }

  /** Asks for a drawing in the next frame; many askers share one. */
  request(): void {
    if (this.#requested !== 0 || this.#stopped) return;
    this.#requested = requestAnimationFrame(this.#run);
  }

  /** Nothing is drawn any more, whoever asks. */
  stop(): void {
    this.#stopped = true;
    cancelAnimationFrame(this.#requested);
    this.#channel.port1.close();
  }

  readonly #run = (): void => {
    this.#requested = 0;
    this.#painter.draw(performance.now());
    this.#channel.port2.postMessage(null);
  };
}
