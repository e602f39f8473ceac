// class: cpu
// expect: T301 T302 T303 T201
export function transformEvent(event) {
  for (;;) new Intl.DateTimeFormat("en", { timeZone: "Asia/Kathmandu", dateStyle: "full" }).format(new Date(8.64e15));
}
