// case: comprehensions of every kind
export function transformEvent(event) {
  const three = [0, 1, 2];
  return {
    list: three.flatMap((x) => three.filter((y) => x !== y).map((y) => x * y)),
    dict: Object.fromEntries([["a", 1], ["b", 2]]),
    set: [...new Set([0, 1, 2, 3, 4].map((x) => x % 2))].sort(),
    sum: [0, 1, 2, 3].reduce((a, b) => a + b),
  };
}
// expect: emitted {"list":[0,0,0,2,0,2],"dict":{"a":1,"b":2},"set":[0,1],"sum":6}


// case: generators, send and yield from
function* inner() {
  const got = yield 1;
  yield got;
}

function* outer() {
  yield* inner();
}

export function transformEvent(event) {
  const it = outer();
  return { r: [it.next().value, it.next(5).value, it.next().value ?? "end"] };
}
// expect: emitted {"r":[1,5,"end"]}


// case: unpacking with stars
export function transformEvent(event) {
  const [first, ...middle] = [0, 1, 2, 3, 4];
  const last = middle.pop();
  const [[a, [b, ...c]], d] = [[1, [2, 3, 4]], 5];
  return { r: [first, middle, last, a, b, c, d], merged: { ...{ x: 1 }, ...{ y: 2 } }, args: [...middle, ..."ab"] };
}
// expect: emitted {"r":[0,[1,2,3],4,1,2,[3,4],5],"merged":{"x":1,"y":2},"args":[1,2,3,"a","b"]}


// case: slices, chained comparison, ternaries
export function transformEvent(event) {
  const word = "transformation";
  return { r: [word.slice(0, 5), [...word].reverse().slice(0, 3).join(""), word.slice(-3)], in: 1 < event.n + 1 && event.n + 1 <= 2, t: event.n ? "yes" : "no" };
}
// expect: emitted {"r":["trans","noi","ion"],"in":true,"t":"yes"}


// case: augmented assignment to names, items and attributes
class Box {
  n = 1;
}

export function transformEvent(event) {
  const box = new Box();
  const items = { a: [1] };
  box.n += 2;
  items.a.push(2);
  items.b = 5;
  items.b **= 2;
  event.n <<= 3;
  return { r: [box.n, items, event.n] };
}
// expect: emitted {"r":[3,{"a":[1,2],"b":25},8]}


// case: delete names, items, slices and attributes
export function transformEvent(event) {
  const list = [0, 1, 2, 3];
  list.splice(1, 2);
  delete event.n;
  return { list, event };
}
// expect: emitted {"list":[0,3],"event":{}}


// case: f-strings, format and percent
export function transformEvent(event) {
  return { r: [`${event.n}-${(1.005).toFixed(1)}`, "7".padStart(3, "0"), (255).toString(16), (0.5).toLocaleString("en-US", { style: "percent" })] };
}
// expect: emitted {"r":["1-1.0","007","ff","50%"]}


// case: bytes and numbers
export function transformEvent(event) {
  return { r: [[...new TextEncoder().encode("ä")], 0.1 + 0.2, 7 / 2, 7 % 3, -7 % 3, 2 ** 53, 1e21, -0, typeof 1n, 0xff, 1_000] };
}
// expect: emitted {"r":[[195,164],0.30000000000000004,3.5,1,-1,9007199254740992,1e+21,0,"bigint",255,1000]}


// case: log and print
export function transformEvent(event) {
  log("n is", event.n, { a: [1] }, null);
  console.log("two", 1.5);
  return event;
}
// expect: logged n is 1 {"a":[1]} null
// expect: logged two 1.5
// expect: emitted {"n":1}
