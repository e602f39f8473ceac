// What the prelude takes from the language before any user code runs. User code may replace every one of these afterwards
// (Array.prototype.push, JSON.stringify, Promise.prototype.then ...): nothing in the prelude looks a method up again.
//
// Every file of the prelude is a function of `kit`, an object without prototype that only they can reach. How to write one:
// strict mode; no for-of, spread, array destructuring or push (they look up what user code can replace); no regular
// expressions; no object of ours handed out. A value from user code may be a Proxy or have getters: touch it only where a
// throw is caught as the user's own.
(function (kit) {
  "use strict";
  const { apply, bind } = { apply: Reflect.apply, bind: Function.prototype.bind };
  const uncurry = (method) => apply(bind, Function.prototype.call, [method]);

  kit.apply = apply;
  kit.uncurry = uncurry;
  kit.parse = JSON.parse;
  kit.stringify = JSON.stringify;
  kit.isArray = Array.isArray;
  kit.getPrototypeOf = Object.getPrototypeOf;
  kit.getOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
  kit.defineProperty = Object.defineProperty;
  kit.deleteProperty = Reflect.deleteProperty;
  kit.freeze = Object.freeze;
  kit.create = Object.create;
  kit.keys = Object.keys;
  kit.ObjectPrototype = Object.prototype;
  kit.tag = uncurry(Object.prototype.toString);
  kit.String = String;
  kit.Number = Number;
  kit.Error = Error;
  kit.TypeError = TypeError;
  kit.RangeError = RangeError;
  kit.Map = Map;
  kit.mapGet = uncurry(Map.prototype.get);
  kit.mapSet = uncurry(Map.prototype.set);
  kit.mapDelete = uncurry(Map.prototype.delete);
  kit.mapForEach = uncurry(Map.prototype.forEach);
  kit.mapClear = uncurry(Map.prototype.clear);
  kit.WeakMap = WeakMap;
  kit.weakGet = uncurry(WeakMap.prototype.get);
  kit.weakSet = uncurry(WeakMap.prototype.set);
  kit.slice = uncurry(String.prototype.slice);
  kit.indexOf = uncurry(String.prototype.indexOf);
  kit.charCodeAt = uncurry(String.prototype.charCodeAt);
  kit.toWellFormed = uncurry(String.prototype.toWellFormed);
  kit.now = Date.now;
  kit.floor = Math.floor;

  const { host } = kit;
  delete kit.host;

  // Asks the host side: text in, text out. Throws an Error with the host's words where it refuses.
  kit.ask = (name, text) => {
    let answer;
    try {
      answer = host(name, text);
    } catch {
      throw new kit.RangeError("Maximum call stack size exceeded"); // nothing else can throw there; not the error of another realm
    }
    if (answer[0] !== "=") throw new kit.Error(kit.slice(answer, 1));
    return kit.slice(answer, 1);
  };

  // Defines a global as the language defines its own: there to be replaced, not to be listed.
  kit.global = (name, value) =>
    kit.defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
})
