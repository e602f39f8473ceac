// class: exc
// expect: T201 T302 T301
export function transformEvent(event) {
  const error = new Error("x".repeat(2 ** 24));
  error.name = "y".repeat(2 ** 24);
  throw error;
}
