// Math.random of our own (sfc32), seeded by the host for each context. V8's generator was seeded before the workers were
// forked: every one of them would give the same numbers, and ids made of them would clash.
(function (kit) {
  "use strict";
  let [a, b, c, d] = kit.seed; // before any user code: the iterator is the language's own

  function next() {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  }

  for (let round = 0; round < 15; round++) next();

  kit.defineProperty(Math, "random", {
    __proto__: null,
    value: function random() {
      return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
    },
    writable: true,
    enumerable: false,
    configurable: true,
  });
})
