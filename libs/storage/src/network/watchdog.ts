/** Barks once nothing was heard for so long. Cheap to start and stop for every chunk: it has one timer, and moves it. */
export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  #listening = false;

  /** Does not listen yet. */
  constructor(ms: number, bark: () => void) {
    this.#timer = setTimeout(() => {
      if (this.#listening) bark();
    }, ms);
  }

  /** Listens from now on, for the whole time. */
  start(): void {
    this.#listening = true;
    this.#timer.refresh();
  }

  /** Stops listening; {@link Watchdog.start} listens again. */
  pause(): void {
    this.#listening = false;
  }

  end(): void {
    this.#listening = false;
    clearTimeout(this.#timer);
  }
}
