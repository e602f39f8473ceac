// class: exc
// expect: T201
export function transformEvent(event) {
  throw {
    get message() { throw new Error("a getter"); },
    get stack() { throw new Error("a getter"); },
    get name() { for (;;); },
    toString() { for (;;); },
    [Symbol.toPrimitive]() { for (;;); },
  };
}
