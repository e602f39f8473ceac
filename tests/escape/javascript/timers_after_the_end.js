// class: control
export function transformEvent(event) {
  setTimeout(() => { globalThis.late = true; for (;;); }, 1);
  setInterval(() => { for (;;); }, 1);
  return { late: globalThis.late === true };
}
