// case: try, except, else and finally
function attempt(x) {
  const steps = [];
  try {
    if (x === 0) throw new RangeError("division by zero");
    steps.push(10 / x);
  } catch (wrong) {
    steps.push(wrong.message);
  } finally {
    steps.push("finally");
  }
  return steps;
}

export function transformEvent(event) {
  return { r: [attempt(1), attempt(0)] };
}
// expect: emitted {"r":[[10,"finally"],["division by zero","finally"]]}


// case: raise from and again
export function transformEvent(event) {
  try {
    try {
      null.missing;
    } catch (wrong) {
      throw new Error("nothing there", { cause: wrong });
    }
  } catch (again) {
    throw again;
  }
}
// expect: failed T201 Error: nothing there (6:13 transformEvent)


// case: while, break, continue and else
export function transformEvent(event) {
  const found = [];
  outer: for (let n = 0; n < 10; n++) {
    if (n % 2) continue outer;
    if (n > 6) break outer;
    found.push(n);
  }
  do found.pop();
  while (found.length > 1);
  return { r: found };
}
// expect: emitted {"r":[0]}


// case: drop with a reason, retry and invalid
export function transformEvent(event) {
  if (event.n === 1) throw new Drop("not wanted");
  if (event.n === 2) throw new Retry(30, "later");
  if (event.n === 3) throw new Invalid("no email");
  return null;
}
// event: {"n": 1}
// event: {"n": 2}
// event: {"n": 3}
// event: {"n": 4}
// expect: dropped not wanted
// expect: failed T203 later (3:28 transformEvent)
// expect: failed T202 no email (4:28 transformEvent)
// expect: dropped


// case: no entry point
export function other(event) {
  return event;
}
// expect: refused 0:0 There is no entry point: export transformEvent(event, metadata), which is called for each event, or transformBatch(events, metadata), which is called for the whole batch.


// case: failing module level code fails every event
const settings = undefined;
const x = settings.missing;
export function transformEvent(event) {
  return event;
}
// event: {"n": 1}
// event: {"n": 2}
// expect: failed T208 TypeError: Cannot read properties of undefined (reading 'missing') (while the code was loaded; catch it or correct it) (2:20 module)
// expect: failed T208 TypeError: Cannot read properties of undefined (reading 'missing') (while the code was loaded; catch it or correct it) (2:20 module)


// case: batch function
export function transformBatch(events, metadata) {
  return events.filter((event) => event.n !== 2).map((event) => ({ ...event, seen: true }));
}
// event: {"n": 1, "messageId": "a"}
// event: {"n": 2, "messageId": "b"}
// event: {"n": 3, "messageId": "c"}
// expect: emitted {"n":1,"messageId":"a","seen":true}
// expect: dropped
// expect: emitted {"n":3,"messageId":"c","seen":true}


// case: await and timers
const soon = (value) => new Promise((resolve) => setTimeout(resolve, 5, value));

export async function transformEvent(event) {
  const [a, b] = await Promise.all([soon("a"), soon("b")]);
  return { a, b, n: await event.n };
}
// expect: emitted {"a":"a","b":"b","n":1}


// case: an await that fails
async function fetchIt() {
  await null;
  throw new TypeError("no network");
}

export async function transformEvent(event) {
  return await fetchIt();
}
// expect: failed T201 TypeError: no network (3:9 fetchIt)


// case: results that are no events
export function transformEvent(event) {
  if (event.n === 1) return 7;
  if (event.n === 2) return { f: () => 1 };
  if (event.n === 3) return { n: NaN };
  if (event.n === 4) return { d: new Date(0), u: undefined, l: [undefined] };
  if (event.n === 5) return new Map();
}
// event: {"n": 1}
// event: {"n": 2}
// event: {"n": 3}
// event: {"n": 4}
// event: {"n": 5}
// event: {"n": 6}
// expect: failed T204 transformEvent returned a number; return an object, an array of objects, or nothing
// expect: failed T205 output.f: a value of type function is not JSON; return a string, number, boolean, null, array or object
// expect: failed T205 output.n: NaN and infinity are not JSON; return a number or null
// expect: emitted {"d":"1970-01-01T00:00:00.000Z","l":[null]}
// expect: failed T204 transformEvent returned a value of type Map; return an object, an array of objects, or nothing
// expect: dropped
