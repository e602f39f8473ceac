// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: python("import os\nos.execv('/bin/sh', ['sh', '-c', 'id'])") };
}
