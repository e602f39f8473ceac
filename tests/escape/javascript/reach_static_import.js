// class: import
import fs from "fs";
export function transformEvent(event) {
  return { BREACHED: fs.readFileSync(event.canary, "utf8") };
}
