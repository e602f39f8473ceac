// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: python("import threading\nthread = threading.Thread(target=print)\nthread.start()\nresult = 'started'") };
}
