// class: control
export function transformEvent(event) {
  for (let at = 0; at < 50000; at++) log("x".repeat(1000), at);
  return { flooded: true };
}
