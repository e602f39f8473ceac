// class: cpu
// expect: T301 T302 T303
// Where memory runs out, the tables of dates and languages follow a null pointer: such an end is a crash, whatever led to it.
export function transformEvent(event) {
  for (;;) new Intl.DateTimeFormat("en", { timeZone: "Asia/Kathmandu", dateStyle: "full" }).format(new Date(8.64e15));
}
