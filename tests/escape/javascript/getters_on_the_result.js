// class: result
export function transformEvent(event) {
  let count = 0;
  return {
    get a() { count++; return count; },
    get b() { throw new TypeError("not you"); },
    get c() { for (;;); },
  };
}
