// class: control
export function transformEvent(event) {
  for (let at = 0; at < 1000; at++) Promise.reject(new Error("nobody looks"));
  return { calm: true };
}
