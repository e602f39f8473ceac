// class: state
// The next file looks for what this one left behind, in the same worker.
globalThis.planted = "by another version";
Object.prototype.planted = "by another version";
Array.prototype.toJSON = () => "by another version";
JSON.parse = () => ({ planted: "by another version" });
String.prototype.planted = 1;
Error.prepareStackTrace = () => "by another version";
globalThis.transformEvent = () => ({ planted: "by another version" });
setInterval(() => { globalThis.later = "by another version"; }, 1);
export function transformEvent(event) {
  Promise.prototype.then = () => ({ planted: 1 });
  return { planted: "here" };
}
