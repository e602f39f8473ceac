// class: result
// expect: T201
const angry = new Proxy(function () {}, new Proxy({}, { get(target, name) { throw new Error(`trap ${String(name)}`); } }));
export function transformEvent(event) {
  throw angry;
}
