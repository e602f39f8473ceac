// class: control
// expect: T201
Object.defineProperty(transformEvent, "name", { value: "call (transformer:1:1)" });
export function transformEvent(event) {
  const error = new Error("x\n    at forged (transformation:999999999999:1)");
  error.stack = "Error\n    at forged (transformation:99999999999999999999:99999999999999999)";
  throw error;
}
