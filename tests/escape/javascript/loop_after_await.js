// class: cpu
// expect: T301
export async function transformEvent(event) {
  await undefined;
  for (;;);
}
