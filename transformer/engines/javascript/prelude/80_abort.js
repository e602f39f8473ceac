// AbortController and AbortSignal, as in the DOM standard but for its tree of event targets: listeners of "abort", and onabort.
(function (kit) {
  "use strict";
  const { apply, put, need, text, DOMException, TypeError } = kit;
  const { setTimeout } = globalThis;
  const MAKER = kit.create(null);
  let isSignal, isController, abort;

  const aborted = () => new DOMException("This operation was aborted", "AbortError");

  class AbortSignal {
    #aborted = false;
    #reason = undefined;
    #listeners = { __proto__: null, length: 0 };
    #followers = { __proto__: null, length: 0 }; // functions of ours, told before listeners are
    onabort = null;

    static {
      isSignal = (value) => typeof value === "object" && value !== null && #aborted in value;

      abort = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? aborted() : reason;
        const followers = signal.#followers;
        signal.#followers = { __proto__: null, length: 0 };
        for (let at = 0; at < followers.length; at++) followers[at](signal.#reason);
        const listeners = signal.#listeners;
        const event = { type: "abort", target: signal, currentTarget: signal };
        for (let at = 0; at < listeners.length; at++) {
          if (!listeners[at].gone) told(listeners[at].callback, signal, event);
          if (listeners[at].once) listeners[at].gone = true;
        }
        told(signal.onabort, signal, event);
      };

      kit.isAborted = (signal) => signal.#aborted;
      kit.newSignal = () => new AbortSignal(MAKER);

      // Calls `follower(reason)` when the signal is aborted: at once if it is.
      kit.follow = (signal, follower) => {
        if (signal.#aborted) follower(signal.#reason);
        else signal.#followers[signal.#followers.length++] = follower;
      };
    }

    constructor(maker) {
      if (maker !== MAKER) throw new TypeError("Illegal constructor: use new AbortController()");
    }

    static abort(reason = undefined) {
      const signal = new AbortSignal(MAKER);
      abort(signal, reason);
      return signal;
    }

    static timeout(milliseconds) {
      need(1, arguments.length, "timeout");
      const signal = new AbortSignal(MAKER);
      const late = () => abort(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError"));
      apply(setTimeout, undefined, [late, milliseconds]);
      return signal;
    }

    static any(signals) {
      need(1, arguments.length, "any");
      const list = kit.sequence(signals);
      const signal = new AbortSignal(MAKER);
      for (let at = 0; at < list.length; at++) {
        if (!isSignal(list[at])) throw new TypeError("any takes a list of AbortSignals");
      }
      for (let at = 0; at < list.length; at++) kit.follow(list[at], (reason) => abort(signal, reason));
      return signal;
    }

    get aborted() {
      return this.#aborted;
    }

    get reason() {
      return this.#reason;
    }

    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }

    addEventListener(type, callback, options = undefined) {
      const listeners = this.#listeners;
      need(2, arguments.length, "addEventListener");
      if (text(type) !== "abort" || callback === null) return;
      for (let at = 0; at < listeners.length; at++) {
        if (listeners[at].callback === callback && !listeners[at].gone) return;
      }
      const once = typeof options === "object" && options !== null && !!options.once;
      listeners[listeners.length++] = { __proto__: null, callback, once, gone: false };
    }

    removeEventListener(type, callback) {
      const listeners = this.#listeners;
      need(2, arguments.length, "removeEventListener");
      if (text(type) !== "abort") return;
      for (let at = 0; at < listeners.length; at++) {
        if (listeners[at].callback === callback) listeners[at].gone = true;
      }
    }
  }

  // A listener's own error is nobody else's.
  function told(callback, signal, event) {
    try {
      if (typeof callback === "function") apply(callback, signal, [event]);
      else if (typeof callback === "object" && callback !== null && typeof callback.handleEvent === "function") callback.handleEvent(event);
    } catch (thrown) {
      kit.uncaught(thrown);
    }
  }

  class AbortController {
    #signal = new AbortSignal(MAKER);

    static {
      isController = (value) => #signal in value;
    }

    get signal() {
      return this.#signal;
    }

    abort(reason = undefined) {
      abort(this.#signal, reason);
    }
  }

  kit.isSignal = isSignal;
  kit.platform("AbortSignal", AbortSignal, isSignal);
  kit.platform("AbortController", AbortController, isController);
})
