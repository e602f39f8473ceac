// class: control
// expect: T201
export async function transformEvent(event) {
  async function* self() {
    const it = yield;
    yield it.next(it);
    it.return(1);
    throw new Error("in the middle");
  }
  const it = self();
  await it.next();
  await it.next(it);
  return { never: true };
}
