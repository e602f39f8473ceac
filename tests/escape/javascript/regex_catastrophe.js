// class: cpu
// expect: T301
export function transformEvent(event) {
  return { found: /^(\w+\s?)*$/.test("word ".repeat(12) + "word word word word word word word word!") };
}
