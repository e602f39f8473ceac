// class: cpu
// expect: T301
export function transformEvent(event) {
  return { text: ("a".repeat(40) + "b").replace(/(a|aa)+$/g, "") };
}
