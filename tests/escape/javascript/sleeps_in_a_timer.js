// class: cpu
// walls: language both
// expect: T301
export async function transformEvent(event) {
  await new Promise((resolve) => setTimeout(resolve, 3600 * 1000));
  return event;
}
