// class: driver
const taken = [];
const { then } = Promise.prototype;
Promise.prototype.then = function (resolve, reject) {
  for (const handler of [resolve, reject]) {
    if (typeof handler === "function" && !/native code/.test(Function.prototype.toString.call(handler))) taken.push(String(handler).slice(0, 80));
  }
  return then.call(this, resolve, reject);
};
Object.defineProperty(Promise.prototype, "constructor", { get() { taken.push("constructor was read"); return Promise; } });
Promise.resolve = () => ({ then(handler) { taken.push("resolve"); handler({ REACHED: "resolve" }); } });
export async function transformEvent(event) {
  return taken.length ? { REACHED: taken } : { calm: true };
}
