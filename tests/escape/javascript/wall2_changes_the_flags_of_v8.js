// class: process
// walls: process
// expect: T201 T204 T205 T302 T303
export function transformEvent(event) {
  python("import _STPyV8\n_STPyV8.JSEngine.setFlags('--allow-natives-syntax --expose-wasm --stack-size=100000000')");
  const deep = () => deep();
  return { told: String(deep()) };
}
