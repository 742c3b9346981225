/** Facts with several listeners; `Map` gives for each event the value it carries. */
export class Events<Map extends object> {
  readonly #listeners: { [K in keyof Map]?: Set<(value: Map[K]) => void> } = {};

  /** Adds a listener; the returned function removes it. */
  on<K extends keyof Map>(name: K, listener: (value: Map[K]) => void): () => void {
    const listeners = (this.#listeners[name] ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<K extends keyof Map>(name: K, value: Map[K]): void {
    for (const listener of [...(this.#listeners[name] ?? [])]) listener(value);
  }

  removeAll(): void {
    for (const name of Object.keys(this.#listeners)) delete this.#listeners[name as keyof Map];
  }
}
