// class: driver
Object.prototype.get = () => ({ REACHED: "a getter of mine" });
Object.prototype.enumerable = true;
Object.prototype.toJSON = undefined;
export function transformEvent(event, metadata) {
  log(new Drop("x"));
  return { own: Object.keys(event).length };
}
