// class: result
// expect: T201 T204 T205
export function transformEvent(event) {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
