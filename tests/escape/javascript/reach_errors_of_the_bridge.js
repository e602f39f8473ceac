// class: exc
// An exception that crosses from Python would bring Python objects along.
export function transformEvent(event, metadata) {
  const found = [];
  const attempts = [
    () => metadata({ messageId: "\ud800" }),
    () => metadata({ messageId: "x".repeat(1e6) }),
    () => log("\ud800\udc00\udfff"),
    () => log("\0"),
    () => structuredClone(() => {}),
    () => new URL("::::"),
    () => atob("%%%"),
    () => { const deep = () => { try { metadata(event); } finally { deep(); } }; deep(); },
    () => { const deep = () => { log("x"); deep(); }; deep(); },
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof Error) && !(error instanceof Object)) found.push(`no object of this realm: ${typeof error}`);
      if (error.__class__ !== undefined || error.args !== undefined) found.push("a Python exception");
      if (/python|Traceback|File "/i.test(String(error.stack) + String(error))) found.push(String(error));
    }
  }
  return found.length ? { REACHED: found } : { calm: true };
}
