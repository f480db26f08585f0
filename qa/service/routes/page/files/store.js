/** Values kept in the browser. Where it blocks storage or has none left, they last until the page is closed. */

class Store {
  #area = null;
  #memory = new Map(); // what could not be stored

  constructor(name) {
    try {
      this.#area = window[name];
    } catch {
      // the browser blocks storage
    }
  }

  /** Return the string of a key, or null. */
  get(key) {
    return this.#memory.get(key) ?? this.#area?.getItem(key) ?? null;
  }

  set(key, value) {
    try {
      this.#area.setItem(key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  delete(key) {
    this.#memory.delete(key);
    this.#area?.removeItem(key);
  }
}

/** Kept until the tab is closed. */
export const tab = new Store("sessionStorage");
/** Kept until it is deleted. */
export const browser = new Store("localStorage");
