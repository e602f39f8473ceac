// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: python("import resource\nresource.setrlimit(resource.RLIMIT_DATA, (-1, -1))\nresult = 'raised'") };
}
