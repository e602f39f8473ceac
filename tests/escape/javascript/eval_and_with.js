// class: control
export function transformEvent(event) {
  const run = Function("code", "with (this) { return eval(code); }");
  const names = ["kit", "host", "mark", "seed", "entry", "inputs", "outcome", "evalLoose", "evalStrict", "source"];
  const found = [];
  for (const evaluate of [(0, eval), (code) => run.call(globalThis, code), (code) => eval(code)]) {
    for (const name of names) {
      if (evaluate(`typeof ${name}`) !== "undefined") found.push(name);
    }
  }
  return found.length ? { REACHED: found } : { calm: true };
}
