// class: control
// expect: T201
export function transformEvent(event) {
  let settle;
  const promise = new Promise((resolve) => { settle = resolve; });
  settle(promise);
  return promise;
}
