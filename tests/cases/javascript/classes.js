// case: attributes, methods and inheritance
class Base {
  kind = "base";
  name() {
    return this.kind;
  }
}

class Derived extends Base {
  kind = "derived";
  name() {
    return `${super.name()}!`;
  }
}

export function transformEvent(event) {
  return { r: [new Base().name(), new Derived().name(), new Derived() instanceof Base] };
}
// expect: emitted {"r":["base","derived!",true]}


// case: properties, class and static methods
class Temperature {
  #celsius = 0;
  static of(value) {
    const made = new Temperature();
    made.celsius = value;
    return made;
  }
  get celsius() {
    return this.#celsius;
  }
  set celsius(value) {
    this.#celsius = Math.round(value);
  }
}

export function transformEvent(event) {
  return { r: Temperature.of(20.6).celsius, own: Temperature.of(1) };
}
// expect: emitted {"r":21,"own":{}}


// case: operators, comparison, containers
class Money {
  constructor(cents) {
    this.cents = cents;
  }
  valueOf() {
    return this.cents;
  }
  *[Symbol.iterator]() {
    yield this.cents;
  }
  toJSON() {
    return `${this.cents} ct`;
  }
}

export function transformEvent(event) {
  return { r: [new Money(5) > new Money(3), new Money(5) + new Money(3), [...new Money(7)]], shown: new Money(9) };
}
// expect: emitted {"r":[true,8,[7]],"shown":"9 ct"}


// case: own exceptions with a text of their own
class Refused extends Error {
  constructor(what) {
    super(`refused: ${what}`);
    this.name = "Refused";
  }
}

export function transformEvent(event) {
  throw new Refused("n");
}
// expect: failed T201 Refused: refused: n (9:9 transformEvent)


// case: subclasses of builtins
class Names extends Array {
  first() {
    return this[0];
  }
}

export function transformEvent(event) {
  const names = Names.from(["a", "b"]);
  return { names, first: names.first(), upper: names.map((name) => name.toUpperCase()) instanceof Names };
}
// expect: emitted {"names":["a","b"],"first":"a","upper":true}
