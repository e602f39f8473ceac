// class: frame
// No export: this is a loose script, whose functions may know who called them.
function transformEvent(event, metadata) {
  const caller = transformEvent.caller;
  if (caller === null || caller === undefined) return { none: true };
  return { REACHED: String(caller).slice(0, 200) };
}
