// class: result
// expect: T201 T204 T205 T301 T302 T304
export function transformEvent(event) {
  const list = [{}];
  Object.defineProperty(list, 0, { get() { list.push({ more: 1 }); list.push({ more: 2 }); return {}; }, enumerable: true });
  return new Proxy(list, { get(target, key) { if (key === "length") target.push({}); return Reflect.get(target, key); } });
}
