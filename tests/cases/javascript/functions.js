// case: defaults, keywords and stars
function f(a, b = 2, { c = 3, ...more } = {}, ...rest) {
  return [a, b, c, more, rest];
}

export function transformEvent(event) {
  return { r: [f(1), f(1, undefined, { c: 4, d: 5 }, 6, 7)] };
}
// expect: emitted {"r":[[1,2,3,{},[]],[1,2,4,{"d":5},[6,7]]]}


// case: closures keep and change what they enclose
function counter() {
  let n = 0;
  return () => ++n;
}

export function transformEvent(event) {
  const [a, b] = [counter(), counter()];
  a();
  return { r: [a(), b()] };
}
// expect: emitted {"r":[2,1]}


// case: lambda and sorting by key
export function transformEvent(event) {
  return { r: ["bb", "a", "ccc"].sort((x, y) => y.length - x.length), n: [10, 9, 1].sort(), m: [10, 9, 1].toSorted((x, y) => x - y) };
}
// expect: emitted {"r":["ccc","bb","a"],"n":[1,10,9],"m":[1,9,10]}


// case: recursion
const factorial = (n) => (n < 2 ? 1 : n * factorial(n - 1));

export function transformEvent(event) {
  return { r: factorial(10) };
}
// expect: emitted {"r":3628800}


// case: endless recursion fails its event alone
const deeper = (n) => deeper(n + 1) + 1;

export function transformEvent(event) {
  return event.n === 1 ? deeper(0) : event;
}
// event: {"n": 1}
// event: {"n": 2}
// expect: failed T201 RangeError: Maximum call stack size exceeded (1:37 deeper)
// expect: emitted {"n":2}


// case: globals live between events
let count = 0;

export function transformEvent(event) {
  count += 1;
  return { count };
}
// event: {"n": 1}
// event: {"n": 2}
// expect: emitted {"count":1}
// expect: emitted {"count":2}


// case: one argument is enough
export const transformEvent = (event) => ({ n: event.n + 1 });
// expect: emitted {"n":2}
