type Listener<Values extends readonly unknown[]> = (...values: Values) => void;

/** @typeParam Events Name of each event → what its listeners are given. */
export class TypedEmitter<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #listeners: { [Name in keyof Events]?: Set<Listener<Events[Name]>> } = {};

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    (this.#listeners[name] ??= new Set()).add(listener);
    return this;
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    this.#listeners[name]?.delete(listener);
    return this;
  }

  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    const onceOnly: Listener<Events[Name]> = (...values) => {
      this.off(name, onceOnly);
      listener(...values);
    };
    return this.on(name, onceOnly);
  }

  protected emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(...values);
      } catch (error) {
        // A listener's mistake must not stop the session in the middle of a frame, nor go unseen: it becomes uncaught.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
