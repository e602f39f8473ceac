// class: process
// walls: process
// What a worker remembers is its own workspace's: nothing of the host's or another's is in it.
export function transformEvent(event) {
  return {
    found: python("import gc\nresult = [str(each)[:200] for each in gc.get_objects() if isinstance(each, (dict, str)) and 'canary-workspace' in str(each)[:2000]][:3]"),
  };
}
