// class: control
// The source is put into something: does a bracket too many get out of it?
});
}
kit.ask("REACHED", "x");
(function () {
export function transformEvent(event) {
  return { REACHED: "the program around this one" };
}
