// class: process
// walls: process
export function transformEvent(event) {
  return { environment: python("import os\nresult = dict(os.environ)") };
}
