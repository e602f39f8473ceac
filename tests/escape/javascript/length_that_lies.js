// class: result
export function transformEvent(event) {
  const list = new Proxy([{ a: 1 }], { get: (target, key) => (key === "length" ? 3 : target[key]) });
  return list;
}
